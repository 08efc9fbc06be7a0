"""What one site can do with the grid in one period, given its flow to the storage.

A flow is net: + charges the storage, - discharges it, so charging and discharging exclude each other.
"""

from dataclasses import dataclass

from contracts.dispatch.model import Problem


@dataclass(frozen=True, slots=True)
class Cell:
    """A site in one period: its net load, its limits in Wh, and the tariff."""

    net_wh: int
    curtail_wh: int
    import_wh: int
    export_wh: int
    charge_wh: int
    discharge_wh: int
    buy_ukwh: int
    sell_ukwh: int

    @property
    def flow_lowest(self) -> int:
        """Least flow (greatest discharge) that the site can dispose of by selling and curtailing."""
        return max(-self.discharge_wh, -self.export_wh - self.curtail_wh - self.net_wh)

    @property
    def flow_highest(self) -> int:
        """Greatest flow that the site can supply from the grid and its own surplus."""
        return min(self.charge_wh, self.import_wh - self.net_wh)

    def trade(self, flow_wh: int) -> tuple[int, int, int]:
        """The cheapest (buy, sell, curtail) for a flow within its bounds; never buys and sells at once."""
        need = self.net_wh + flow_wh
        buy_least, buy_most = max(0, need), min(self.import_wh, need + self.curtail_wh)
        sell_least, sell_most = max(0, -need - self.curtail_wh), min(self.export_wh, -need)
        buy = buy_least if self.buy_ukwh >= 0 else buy_most
        sell = sell_most if self.sell_ukwh >= 0 else sell_least
        can_buy, can_sell = buy_least <= buy_most, sell_least <= sell_most
        if can_sell and (not can_buy or -self.sell_ukwh * sell <= self.buy_ukwh * buy):
            return 0, sell, -need - sell
        return buy, 0, buy - need

    def cost(self, flow_wh: int) -> int:
        """What the cheapest trade for a flow costs, in billionths of the currency."""
        buy, sell, _ = self.trade(flow_wh)
        return self.buy_ukwh * buy - self.sell_ukwh * sell

    def kinks(self, lowest: int, highest: int) -> list[int]:
        """Flows of [lowest, highest] at which the slope of `cost` or the flow's sign changes; with both ends.

        Between two of them the cost is the least of two linear functions, so a minimum of the cost plus
        anything linear in charge and discharge is at one of them.
        """
        needs = (0, -self.curtail_wh, -self.export_wh, self.import_wh - self.curtail_wh)
        inside = {flow for flow in (0, *(need - self.net_wh for need in needs)) if lowest < flow < highest}
        return sorted(inside | {lowest, highest})


def cell(problem: Problem, site_index: int, index: int) -> Cell:
    """A problem's site in one of its periods, by position."""
    site = problem.sites[site_index]
    return Cell(
        site.net_wh[index],
        site.curtail_wh[index],
        site.import_wh,
        site.export_wh,
        site.charge_wh,
        site.discharge_wh,
        problem.tariff.buy_ukwh[index],
        problem.tariff.sell_ukwh[index],
    )
