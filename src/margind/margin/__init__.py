"""The margin oracle: what an account is worth, what liquidates it, what it could open, without a server.

Read an account document at some prices, and ask. Everything is answered by the engine of the server: the
same report, the same checks, the same formulas. Nothing is changed by a question, and nothing is random,
timed or fetched: equal inputs give equal answers.
"""

from margind.engine.commands import PricePatch as PricePatch
from margind.engine.margin.report import AccountReport as AccountReport
from margind.engine.margin.report import AssetReport as AssetReport
from margind.engine.model.configuration import ExchangeSettings as ExchangeSettings
from margind.engine.model.configuration import FeeTier as FeeTier
from margind.engine.model.terms import Market as Market
from margind.engine.model.terms import OrderStatus as OrderStatus
from margind.engine.model.terms import PositionSide as PositionSide
from margind.engine.model.terms import Rounding as Rounding
from margind.engine.model.terms import Side as Side
from margind.engine.model.terms import TimeInForce as TimeInForce
from margind.errors.because import Because as Because
from margind.errors.impossible import Impossible as Impossible
from margind.explain.explanation import Explanation as Explanation
from margind.explain.text import explanation_text as explanation_text
from margind.margin.example import example_document as example_document
from margind.margin.facts import Facts as Facts
from margind.margin.facts import bracket_tables as bracket_tables
from margind.margin.facts import shipped_facts as shipped_facts
from margind.margin.facts import with_bracket_table as with_bracket_table
from margind.margin.facts import with_brackets as with_brackets
from margind.margin.facts import with_contracts as with_contracts
from margind.margin.facts import with_fee_tiers as with_fee_tiers
from margind.margin.order import NewOrder as NewOrder
from margind.margin.order import parse_order as parse_order
from margind.margin.placing import Placed as Placed
from margind.margin.placing import RefusedOrder as RefusedOrder
from margind.margin.placing import place as place
from margind.margin.reports import Pool as Pool
from margind.margin.reports import PoolKind as PoolKind
from margind.margin.reports import liquidation_price as liquidation_price
from margind.margin.reports import liquidation_prices as liquidation_prices
from margind.margin.reports import pools as pools
from margind.margin.reports import report as report
from margind.margin.situations import Price as Price
from margind.margin.situations import Situation as Situation
from margind.margin.situations import moved as moved
from margind.margin.situations import priced as priced
from margind.margin.situations import situation as situation
from margind.margin.sizes import LargestOrder as LargestOrder
from margind.margin.sizes import largest_order as largest_order
from margind.margin.why import explain as explain
from margind.margin.why import fields as fields
