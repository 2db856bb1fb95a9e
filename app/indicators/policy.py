"""Who may do what with the figures: an import belongs to who sent it."""

from sqlalchemy import Select, select

from app.auth.actor import Actor
from app.auth.permissions import Permission, rule
from app.indicators.models import PopulationImport


def imports_of(actor: Actor) -> Select[PopulationImport]:
    return select(PopulationImport).where(PopulationImport.by_id == actor.id)


@rule(Permission.POPULATION_EDIT)
def can_edit(actor: Actor, sent: PopulationImport) -> bool:
    return sent.by_id == actor.id
