"""Which push vendors this installation has, from its settings. The demo has a Firebase of its own where none is named.

Each is imported only where it is made: the Firebase SDK takes a second, and a web process has no need of any.
"""

from __future__ import annotations

from backend.config import BadSetting, Settings
from backend.inbox.vapid import VapidKey
from notifications.sms import SmsSender
from notifications.targets.base import PushTarget


def installed_targets(settings: Settings, vapid: VapidKey, sms: SmsSender) -> dict[str, PushTarget]:
    """Make the targets, by kind.

    Raises:
        BadSetting: the file of the Firebase account holds none.
    """
    from notifications.targets.sms import SmsTarget  # noqa: PLC0415  # said above
    from notifications.targets.web_push import WebPushTarget  # noqa: PLC0415  # said above

    found: list[PushTarget] = [
        *_firebase(settings),
        WebPushTarget(vapid, settings.vapid_subject, settings.web_push_hosts),
        SmsTarget(sms, settings.sms_signature),
    ]
    if settings.jpush is not None:
        from notifications.targets.jpush import JPushTarget  # noqa: PLC0415  # said above

        found.append(JPushTarget(settings.jpush.name, settings.jpush.secret, settings.jpush.url))
    if settings.smtp_url is not None:
        from notifications.targets.email import EmailTarget  # noqa: PLC0415  # said above

        found.append(EmailTarget(settings.smtp_url, settings.smtp_from))
    return {target.kind: target for target in found}


def _firebase(settings: Settings) -> list[PushTarget]:
    """Make the Firebase target; a centre that has none yet has its pushes counted as failed."""
    if settings.fcm_credentials is None and not settings.demo:
        return []
    from notifications.targets.fcm import FcmTarget  # noqa: PLC0415  # said above

    if settings.fcm_credentials is None:
        from fakes import fcm  # noqa: PLC0415  # only the demo has a vendor of its own

        vendor = fcm.serve()
        return [FcmTarget(vendor.service_account(), vendor.url)]
    try:
        return [FcmTarget(settings.fcm_credentials, settings.fcm_endpoint)]
    except (OSError, ValueError):
        raise BadSetting("FCM_CREDENTIALS", "不是 Firebase 的服务账号文件 (no service account in it)") from None
