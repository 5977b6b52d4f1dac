"""Writing docs/privacy.md from the inventory of personal data, so that it cannot say what the house does not do."""

from __future__ import annotations

from backend.privacy.inventory import PLAIN, Closing, Ground, inventory

_HEAD = """<!-- 由 `flask --app wsgi privacy` 生成，开头几段写在 deploy/privacy_page.py 里。 -->
# 个人信息 Personal data

这一页说明融汇保存了哪些个人信息、为什么、依据哪一条、存多久，以及本人可以怎么办。
清单写在 `backend/privacy/inventory.toml`，每天夜里的清理按它执行；数据库里多出一列而清单没有写，测试就不会通过。

## 怎么保护
- **号码加密。** 手机号、身份证号、联系方式在数据库里是密文（AES-256-GCM），密钥放在数据库以外的目录，可以轮换
  （`flask rotate-data-key`，查号用的一把 `--index`）。
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

## 未成年人
不满十四周岁的人，实名认证要先有监护人的同意（第三十一条），没有就不能发表评论。同意怎样算数：

- 孩子在“我的 → 隐私”里填监护人的姓名和手机号，验证码发到监护人的手机上，监护人看了短信，愿意才把验证码告诉孩子。
  不能填自己登录用的号码；发码的次数和国家限制同登录验证码一样，另外每个账号每天最多十条；一个号码最多替五个孩子同意。
- 留下的是：谁（姓名，号码加密，只显示末四位）、何时、哪个版本。
- 监护人用自己的手机号登录，在同一页看得到为哪些孩子同意过，随时可以撤回，不必拿孩子的手机；孩子这边也可以撤回。
- 撤回以后，这个账号不能评论、报料、报名活动；看新闻、提交诉求照常，求助不应当要人批准。
- 年龄只有做过实名认证才知道，别处不问：为了找出少数孩子去问所有人的年龄，收集的反而更多。
- 满十四周岁那天起，不再需要监护人；监护人的同意当天结束，出生日期清空，请本人自己读一遍隐私政策再同意。

## 位置
服务器不取手机的位置，也没有要位置才能用的功能。位置只有一种来历：人自己写进去的——诉求、报料、常用地点里的地址，或者在地图上
选的点，那是内容的一部分。“用我的位置”是省得在地图上找，只在本人点它的时候由手机取一次，填进正在写的那一份，先问本人同不同意
（“手机定位”），撤回以后再点还会再问。已经提交的诉求、报料和存下的常用地点是本人写的，撤回定位不影响它们，各有各的删除办法。
别的应用按接口提交带地点的诉求，不需要这项同意。

## 许诺与证据
| 许诺 | 测试 |
| --- | --- |
| 每一列都在清单里 | `test_every_column_is_under_a_use_or_declared_nobodys` |
| 到期就删 | `test_rows_are_deleted_when_their_time_is_over_and_not_before` |
| 到期清空文字和联系方式，历史照样可以核对 | `test_words_and_contacts_are_forgotten_with_time_and_history_still_holds` |
| 号码加密，密钥轮换以后照样找得到人 | `test_turning_the_key_seals_everything_anew_and_everybody_is_found_as_before` |
| 查号的密钥也能换，期间照常登录注册 | `test_the_key_of_the_indexes_is_turned_while_people_sign_in_and_register` |
| 换钥期间新旧两把都认、都防重复 | `test_either_key_finds_and_either_forbids_a_second_one_while_they_are_turned` |
| 老数据库升级时一并加密 | `test_an_older_house_is_converted_and_its_people_are_found_by_their_numbers` |
| 日志、指标、命令输出里没有个人信息 | `test_a_day_of_the_house_leaves_nothing_of_anybody_in_its_logs` |
| 注销后只剩依法保留的，历史照样可以核对 | `test_nothing_is_left_but_what_the_inventory_says_is_kept_by_law` |
| 同意、撤回都有记录 | `test_agreeing_withdrawing_and_agreeing_again_is_written_down` |
| 谁看过报料，本人和审计员都知道 | `test_a_look_at_a_tip_is_told_to_its_sender_and_to_the_auditor` |
| 谁看过诉求，审计员可以逐条查 | `test_a_look_at_a_case_is_listed_for_the_auditor_alone` |
| 不满十四周岁要监护人同意 | `test_a_child_needs_its_guardian_to_be_verified_and_to_comment` |
| 监护人的同意出自监护人的手机 | `test_a_guardian_agrees_by_the_code_on_their_own_telephone_and_by_nothing_else` |
| 不能替自己同意 | `test_nobody_is_their_own_guardian` |
| 手机定位先问，撤回以后再问 | `test_the_phone_is_asked_where_it_is_only_by_who_agreed` |
| 验证码不能拿来打扰别人、耗费短信 | `test_guardians_are_not_asked_at_the_houses_expense` |
| 监护人自己可以撤回 | `test_a_guardian_takes_it_back_from_their_own_telephone` |
| 满十四周岁由本人作主 | `test_at_fourteen_somebody_speaks_for_themselves` |
| 清理分批做，不让别人久等 | `test_the_sweep_deletes_much_by_many_short_transactions` |

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
