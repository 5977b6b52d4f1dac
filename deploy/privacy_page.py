"""Writing docs/privacy.md from the inventory of personal data, so that it cannot say what the house does not do."""

from __future__ import annotations

from backend.privacy.inventory import PLAIN, Closing, Ground, inventory

_HEAD = """<!-- 由 `flask --app wsgi privacy` 生成，开头几段写在 deploy/privacy_page.py 里。 -->
# 个人信息 Personal data

这一页说明融汇保存了哪些个人信息、为什么、依据哪一条、存多久，以及本人可以怎么办。
清单写在 `backend/privacy/inventory.toml`，每天夜里的清理按它执行；数据库里多出一列而清单没有写，测试就不会通过。

## 怎么保护
- **号码加密。** 手机号、身份证号、联系方式在数据库里是密文（AES-256-GCM），密钥放在数据库以外的目录，可以轮换
  （`flask rotate-data-key`）。
- **日志里没有。** 日志和指标只有编号和代码，没有文字、号码、姓名、登录凭证。
- **谁看过，本人知道。** 工作人员打开诉求、报料、实名信息都有记录，本人在“导出我的数据”里看得到，审计员可以逐条查。
- **历史可以核对。** 事件日志只记编号；注销以后文字和号码都不在了，`flask verify-log` 照样通过。

## 本人可以做的
| | |
| --- | --- |
| 查看和带走 | 我的 → 隐私 → 导出，或 `GET /me/export` |
| 更正 | 我的 → 资料；诉求和报料里可以补充 |
| 同意和撤回 | 我的 → 隐私，或 `GET /me/consents`、`PUT /me/consents/{purpose}`、`DELETE /me/consents/{purpose}` |
| 删除 | 我的 → 注销，或 `DELETE /me`。下表“依法保留”的按期限保留，其余当场删除 |

不满十四周岁的人，实名认证要先有监护人的同意（第三十一条），没有就不能发表评论。

## 许诺与证据
| 许诺 | 测试 |
| --- | --- |
| 每一列都在清单里 | `test_every_column_is_under_a_use_or_declared_nobodys` |
| 到期就删 | `test_rows_are_deleted_when_their_time_is_over_and_not_before` |
| 到期清空文字和联系方式，历史照样可以核对 | `test_words_and_contacts_are_forgotten_with_time_and_history_still_holds` |
| 号码加密，密钥轮换以后照样找得到人 | `test_turning_the_key_seals_everything_anew_and_everybody_is_found_as_before` |
| 老数据库升级时一并加密 | `test_an_older_house_is_converted_and_its_people_are_found_by_their_numbers` |
| 日志、指标、命令输出里没有个人信息 | `test_a_day_of_the_house_leaves_nothing_of_anybody_in_its_logs` |
| 注销后只剩依法保留的，历史照样可以核对 | `test_nothing_is_left_but_what_the_inventory_says_is_kept_by_law` |
| 同意、撤回都有记录 | `test_agreeing_withdrawing_and_agreeing_again_is_written_down` |
| 谁看过报料，本人和审计员都知道 | `test_a_look_at_a_tip_is_told_to_its_sender_and_to_the_auditor` |
| 谁看过诉求，审计员可以逐条查 | `test_a_look_at_a_case_is_listed_for_the_auditor_alone` |
| 不满十四周岁要监护人同意 | `test_a_child_needs_its_guardian_to_be_verified_and_to_comment` |

"""


def write_privacy() -> str:
    """Write the page."""
    held = inventory()
    lines = [_HEAD, "## 保存什么\n", "| 谁的 | 什么 | 为什么 | 存多久 | 注销时 |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {use.whose} | {use.what} | {use.purpose} | {use.kept} | {use.closing.value} |"
        for ground in Ground
        for use in held.uses.values()
        if use.ground is ground
    ]
    lines += ["\n## 依据\n"]
    for ground in Ground:
        whats = "；".join(use.what for use in held.uses.values() if use.ground is ground)
        lines.append(f"- **{ground.value}**：{whats}。")
    lines += ["\n## 依法保留的\n"]
    lines += [f"- {use.what}：{use.purpose}。{use.kept}。" for use in held.uses.values() if use.closing is Closing.KEPT]
    lines += ["\n## 在哪些列里\n", "| 表 | 用途 | 列 |", "| --- | --- | --- |"]
    for table, uses in held.columns.items():
        for name, columns in uses.items():
            if name != PLAIN:
                lines.append(f"| `{table}` | {held.uses[name].what} | {' '.join(f'`{each}`' for each in columns)} |")
    return "\n".join(lines) + "\n"
