"""What a crosswalk loses, per map and per corpus it is applied to. Loss is not validity (SCIENCE rule 7)."""

from harmonize.loss.report import LossReport, loss_report

__all__ = ["LossReport", "loss_report"]
