"""The states and codes of a referral."""

from enum import StrEnum


class ReferralState(StrEnum):
    DRAFT = "draft"
    SENT = "sent"
    OPENED = "opened"
    INFO_NEEDED = "info_needed"  # the receiver asks, the sender answers
    ACCEPTED = "accepted"
    IN_SERVICE = "in_service"  # the first contact with the child was made
    DELIVERED = "delivered"
    COMPLETED = "completed"  # with its outcome
    CLOSED = "closed"  # the sender has taken note
    DECLINED = "declined"
    RECALLED = "recalled"
    EXPIRED = "expired"  # nobody answered


class Stage(StrEnum):
    """The tab of the receiver's inbox under which a referral stands."""

    NONE = "none"  # not sent yet
    ANSWER = "answer"
    SERVICE = "service"
    WAITING = "waiting"  # on the sender, or on a decision
    DONE = "done"


class SentStage(StrEnum):
    """The tab of the sender's list."""

    DRAFT = "draft"
    ACT = "act"  # the sender has something to do
    WAITING = "waiting"  # for the other side's answer
    SERVICE = "service"
    DONE = "done"


class Urgency(StrEnum):
    EMERGENCY = "emergency"
    URGENT = "urgent"
    ROUTINE = "routine"


class ReferralKind(StrEnum):
    SERVICE = "service"
    PROSECUTION = "prosecution"  # văn bản kiến nghị khởi tố


class ProsecutionState(StrEnum):
    """Of a request to prosecute. A signed one is on its way as a referral."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SIGNED = "signed"


class ResultSource(StrEnum):
    """Who recorded what the investigators decided."""

    OFFICER = "officer"  # of the unit that received the request
    LETTER = "letter"  # the unit that asked, from their letter


class StepKind(StrEnum):
    """One line of a referral's history: who did what, when."""

    DRAFTED = "drafted"
    SENT = "sent"
    OPENED = "opened"
    INFO_ASKED = "info_asked"
    INFO_ANSWERED = "info_answered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    ASSIGNED = "assigned"
    CONTACTED = "contacted"
    DELIVERED = "delivered"
    COMPLETED = "completed"
    CLOSED = "closed"
    RECALLED = "recalled"
    EXPIRED = "expired"
    RESENT = "resent"  # the same need went to another unit
    REMINDED = "reminded"  # nobody answered: the next one up was told
    DISPUTED = "disputed"
    DECIDED = "decided"
    PRINTED = "printed"  # for a body without an account
    WITHDRAWN = "withdrawn"  # the consent it rested on ended


class RecallReason(StrEnum):
    SENDER = "sender"
    RESENT = "resent"
    CONSENT = "consent"
    CASE_ENDED = "case_ended"


class DisputeDecision(StrEnum):
    ANSWER_AGAIN = "answer_again"  # the unit is to answer once more
    SEND_ELSEWHERE = "send_elsewhere"
    STAND = "stand"  # the answer stands


S, T = ReferralState, SentStage

UNANSWERED = frozenset({S.SENT, S.OPENED, S.INFO_NEEDED})
RUNNING = frozenset({S.ACCEPTED, S.IN_SERVICE, S.DELIVERED})
OPEN = UNANSWERED | RUNNING
SHUT = frozenset({S.DRAFT, S.RECALLED, S.EXPIRED})  # a one-time link shows nothing of it
ENDED = frozenset({S.COMPLETED, S.CLOSED, S.DECLINED, S.RECALLED, S.EXPIRED})

STAGES: dict[ReferralState, Stage] = {
    S.DRAFT: Stage.NONE,
    S.SENT: Stage.ANSWER,
    S.OPENED: Stage.ANSWER,
    S.INFO_NEEDED: Stage.WAITING,
    S.ACCEPTED: Stage.SERVICE,
    S.IN_SERVICE: Stage.SERVICE,
    S.DELIVERED: Stage.SERVICE,
    S.COMPLETED: Stage.DONE,
    S.CLOSED: Stage.DONE,
    S.DECLINED: Stage.DONE,
    S.RECALLED: Stage.DONE,
    S.EXPIRED: Stage.DONE,
}
SENT_STAGES: dict[ReferralState, SentStage] = {
    S.DRAFT: T.DRAFT,
    S.SENT: T.WAITING,
    S.OPENED: T.WAITING,
    S.INFO_NEEDED: T.ACT,
    S.ACCEPTED: T.SERVICE,
    S.IN_SERVICE: T.SERVICE,
    S.DELIVERED: T.SERVICE,
    S.COMPLETED: T.ACT,
    S.CLOSED: T.DONE,
    S.DECLINED: T.ACT,
    S.RECALLED: T.DONE,
    S.EXPIRED: T.ACT,
}
