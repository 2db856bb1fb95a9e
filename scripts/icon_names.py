"""The drawings of @tabler/icons in static/vendor/icons.svg; add a name, run vendor.py."""

_NAMES = """
    alarm alert-circle alert-triangle archive arrow-back-up arrow-left arrow-right ban bell
    briefcase building building-community building-hospital calendar calendar-due chart-bar check
    checklist chevron-down chevron-right circle circle-check circle-x clipboard-check
    clipboard-list clock copy device-desktop device-mobile download edit external-link eye eye-off
    file-check file-text filter fingerprint flag flask folder hand-stop heart help-circle history
    home home-heart id inbox info-circle key language link list-details lock lock-open logout mail
    map-pin menu-2 message message-circle note paperclip pencil phone player-play plus printer
    progress
    qrcode refresh report-analytics scale school search send settings shield shield-check
    shield-lock
    shield-half switch-horizontal timeline trash upload user user-check user-plus user-question
    users users-group world x
"""
ICONS = frozenset(_NAMES.split())
FILLED = frozenset({"alert-triangle", "circle-check"})
