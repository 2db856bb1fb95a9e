"""The forms of the directory, of agreements and of consents, in the tests that try every form."""

from app.core import clock

TODAY = clock.today().strftime("%d/%m/%Y")
VALID = {
    "directory.new": {"service": "birth_papers", "days": ["1", "2"], "phone": "0221 3861 113"},
    "directory.edit": {"days": ["1", "2", "3"], "opens": "07:30", "closes": "17:00"},
    "agreements.new": {
        "title": "Quy chế phối hợp bảo vệ trẻ em",
        "number": "15/QCPH",
        "parties": ["police", "health"],
        "sections": ["identity"],
        "signed_on": TODAY,
    },
    "agreements.edit": {"number": "16/QCPH"},
    "consents.new": {"giver": "both", "name": "Trần Thị Mến", "sections": ["identity"]},
    "consents.withdraw": {"reason": "Mẹ em không muốn nữa"},
}
FORM_FIELDS = {
    "directory.places": ("tap", "places", "version"),
    "agreements.end": ("idempotency_key",),
}
NOT_ON_EVERY_SCREEN = {"Consent.withdraw_reason"}  # shown once it was withdrawn
