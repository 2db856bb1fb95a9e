"""The picture of a case: one axis, the law's steps as ghosts, a lane for each agency that acted."""

from app.cases.lanes.drawing import Drawing, draw
from app.cases.lanes.scene import Dot, Ghost, Scene
from app.cases.lanes.svg import render

__all__ = ["Dot", "Drawing", "Ghost", "Scene", "draw", "render"]
