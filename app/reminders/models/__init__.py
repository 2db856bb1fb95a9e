"""The tables of reminders."""

from app.reminders.models.deliveries import (
    Channel,
    Delivery,
    DeliveryState,
    Message,
    PushSubscription,
    ReminderChoice,
    ReminderRuleChange,
)
from app.reminders.models.obligations import (
    Obligation,
    ObligationAnswer,
    ObligationEnded,
    ObligationOfAnother,
    OwnAnswer,
    PersonalReminder,
)

__all__ = [
    "Channel",
    "Delivery",
    "DeliveryState",
    "Message",
    "Obligation",
    "ObligationAnswer",
    "ObligationEnded",
    "ObligationOfAnother",
    "OwnAnswer",
    "PersonalReminder",
    "PushSubscription",
    "ReminderChoice",
    "ReminderRuleChange",
]
