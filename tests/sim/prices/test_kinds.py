"""The kinds of files that were read wrongly, one test each, with made-up rows of its own."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from sim import Run, load_scenario, simulate, summarise
from sim.prices.ask import Said
from sim.prices.errors import PriceFileError
from sim.prices.join import JoinedPrices, join
from sim.prices.reader import read_prices
from sim.prices.request import price_request, read_request
from sim.prices.tell import quality_line
from sim.scenario import ScenarioError

BTC = "BTC-USD"
NOON_S = 1_735_732_800  # 2025-01-01 12:00 UTC
CLOSES = [50_000, 50_100, 50_250, 49_900, 49_700, 50_050, 50_300, 50_600, 50_200, 50_000]


def file(folder: Path, name: str, lines: Sequence[str]) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return path


def lines(
    header: str, row: Callable[[int, int], str], step_s: int = 60, closes: Sequence[int] = CLOSES
) -> list[str]:
    rows = [row(NOON_S + step_s * place, close) for place, close in enumerate(closes)]
    return [header, *rows] if header else rows


def plain(start_s: int = NOON_S, closes: Sequence[float] = CLOSES) -> list[str]:
    return ["timestamp,close"] + [
        f"{start_s + 60 * place},{close}" for place, close in enumerate(closes)
    ]


def joined(*files: object, markets: Sequence[str] = (BTC,), **said: object) -> JoinedPrices:
    request = price_request([str(one) for one in files], Said(**said))  # type: ignore[arg-type]
    return join(read_request(request, markets), markets, step_s=60)


def run(*files: object, blocks: int = 12, overrides: Sequence[str] = ()) -> Run:
    scenario = load_scenario("history", [f"blocks={blocks}", *overrides])
    return simulate(scenario, prices=[str(one) for one in files])


def good_share(made: Run) -> float:
    share = summarise(made)["oracle_ok_share"]
    assert isinstance(share, float)
    return share


def refusal(*files: object, **said: object) -> str:
    with pytest.raises(PriceFileError) as refused:
        joined(*files, **said)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def bar(time: int, close: int) -> str:
    return f"{time},{close - 5},{close + 20},{close - 20},{close},1.5"


def kline(time: int, close: int) -> str:
    end = time * 1_000 + 59_999
    return f"{time * 1_000},{close - 5},{close + 20},{close - 20},{close},1.5,{end},1,1,1,1,0"


def test_01__named_csv_and_klines_of_the_same_bars__known_at_their_end_and_equal(tmp_path):
    named = file(tmp_path, "a.csv", lines("timestamp,open,high,low,close,volume", bar))
    klines = file(tmp_path, "b.csv", lines("", kline))
    one, other = read_prices(named), read_prices(klines)
    assert one.times_s.tolist() == [NOON_S + 60 * n for n in range(1, 11)]
    assert one.times_s.tolist() == other.times_s.tolist()
    assert one.closes.tolist() == other.closes.tolist() == CLOSES


def test_02__long_table_of_several_exchanges_and_coins__refused_with_the_choice(tmp_path):
    rows = ["time,exchange,pair,close"]
    for place, close in enumerate(CLOSES):
        time = f"2025-01-01 12:{place:02}:00"
        rows += [f"{time},alpha,BTC/USDT,{close}", f"{time},beta,BTC/USDT,{close + 40}"]
        rows += [f"{time},beta,ETH/USDT,2500"]
    path = file(tmp_path, "long.csv", rows)
    told = refusal(path)
    assert "column exchange holds alpha, beta and column pair holds BTC/USDT, ETH/USDT" in told
    assert "--only exchange=alpha --only pair=BTC/USDT" in told
    chosen = joined(path, only=("exchange=beta", "pair=BTC/USDT"))
    assert chosen.markets[BTC]["long"].prices.tolist() == [close + 40 for close in CLOSES]


@pytest.mark.parametrize("column", ["asset", "ticker", "contract", "coin", "instrument_name"])
def test_02__any_column_that_says_whose_a_price_is__refused(tmp_path, column):
    rows = [f"time,{column},close"]
    rows += [f"{NOON_S + 60 * n},{'AB'[n % 2]},{close}" for n, close in enumerate(CLOSES)]
    assert f"column {column} holds A, B" in refusal(file(tmp_path, "x.csv", rows))


def test_03__hourly_bars_in_blocks_of_a_minute__stand_for_their_hour(tmp_path):
    path = file(tmp_path, "hours.csv", lines("timestamp,open,high,low,close,volume", bar, 3_600))
    made = joined(path)
    (tape,) = made.markets[BTC].values()
    assert len(made.times_s) == 9 * 60 + 1
    assert not tape.silent.any()
    assert tape.prices[:61].tolist() == [CLOSES[0]] * 60 + [CLOSES[1]]
    assert good_share(run(path)) == 1


def test_04__trades_in_bursts__a_price_is_current_for_a_block(tmp_path):
    rows = ["exchange,symbol,timestamp,local_timestamp,id,side,price,amount"]
    times = [49 * burst + second for burst in range(18) for second in (0, 1, 2)]
    rows += [
        f"venue,BTCUSD,{NOON_S + t}000000,{NOON_S + t}050000,{n},buy,{50_000 + n},1"
        for n, t in enumerate(times)
    ]
    path = file(tmp_path, "trades.csv", rows)
    assert not joined(path).markets[BTC]["venue"].silent.any()
    assert good_share(run(path)) == 1


@pytest.mark.parametrize(
    ("first", "second", "market"),
    [("BNBUSD", "BNBUSDT", "BNB-USD"), ("XBTUSD", "BTC-USD", BTC), ("PI_XBTUSD", "tBTCUSD", BTC)],
)
def test_05__symbols_without_a_separator__the_longer_coin_and_one_market(
    tmp_path, first, second, market
):
    paths = [
        file(
            tmp_path, f"{n}.csv", lines("timestamp,symbol,price", lambda t, c, s=s: f"{t},{s},{c}")
        )
        for n, s in enumerate((first, second))
    ]
    assert sorted(joined(*paths, markets=(market,)).markets[market]) == ["0", "1"]


def test_05__a_coin_that_is_no_markets__refused_unless_said(tmp_path):
    path = file(tmp_path, "bnbusd.csv", plain(closes=[300.0] * 10))
    assert "prices BNB-USD, the coin of none of the markets BTC-USD" in refusal(path)
    assert "bnbusd" in joined(path, symbol=(BTC,)).markets[BTC]


def test_06__euros__refused_or_converted_by_a_named_rate(tmp_path):
    euros = file(tmp_path, "btceur.csv", plain(closes=[46_000.0] * 10))
    told = refusal(euros)
    assert "prices BTC-EUR in EUR; dollars are allowed, or --rate EUR=FILE" in told
    rate = file(tmp_path, "eurusd.csv", plain(start_s=NOON_S - 600, closes=[1.1] * 5 + [1.2] * 15))
    turned = joined(euros, rate=(f"EUR={rate}",)).markets[BTC]["btceur"]
    assert turned.prices.tolist() == [46_000.0 * 1.2] * 10


def test_07__times_rounded_by_a_spreadsheet__refused(tmp_path):
    rows = ["https://www.CryptoDataDownload.com", "unix,date,symbol,open,high,low,close"]
    rows += [f"1.73573E+12,2025-01-01 12:0{n}:00,BTC/USD,1,2,1,{c}" for n, c in enumerate(CLOSES)]
    path = file(tmp_path, "x.csv", rows)
    assert "'1.73573E+12', rounded by a spreadsheet" in refusal(path)
    assert len(joined(path, column=("time=date",)).times_s) == len(CLOSES)


def test_08__stock_in_ten_thousandths__refused(tmp_path):
    rows = [f"{34_200_000 + 60_000 * n},1500000,1500900,1499900,15000{n:02},100" for n in range(9)]
    told = refusal(file(tmp_path, "20250102_xyz_minute_trade.csv", rows))
    assert "prices xyz, no pair of a coin and a quote; equities are in ten-thousandths" in told


def test_09__prices_outside_the_bounds__refused_before_the_run_with_what_fits(tmp_path):
    path = file(tmp_path, "cents.csv", plain(closes=[0.9 + 0.001 * n for n in range(10)]))
    with pytest.raises(ScenarioError) as refused:
        run(path)
    assert "run from 0.9 to 0.909, 100 to 10,000,000 is allowed" in str(refused.value)
    assert "THIN-USD would fit" in str(refused.value)


def test_11__sparse_minutes__a_bar_is_what_the_name_and_the_shortest_step_say(tmp_path):
    rows = ["unix,date,symbol,open,high,low,close"]
    minutes = [0, 3, 4, 7, 10, 13, 14, 17, 20]
    rows += [
        f"{NOON_S + 60 * m},2025-01-01 12:{m:02}:00,BTC/USD,{c},{c},{c},{c}"
        for m, c in zip(minutes, CLOSES, strict=False)
    ]
    named = read_prices(file(tmp_path, "Sparse_BTCUSD_minute.csv", rows))
    assert named.times_s[0] == NOON_S + 60
    (quality,) = joined(tmp_path / "Sparse_BTCUSD_minute.csv").quality
    assert (quality.gaps, quality.missing_bars, quality.longest_gap_s) == (6, 12, 180)
    assert "most rows stand 180 s apart, but some 60 s" in refusal(file(tmp_path, "x.csv", rows))


def test_12__six_hours_without_data__told_in_a_line_and_in_the_share_of_good_blocks(tmp_path):
    rows = plain(closes=CLOSES) + plain(start_s=NOON_S + 21_600, closes=CLOSES)[1:]
    path = file(tmp_path, "outage.csv", rows)
    made = run(path, blocks=60)
    (told,) = made.manifest["price_feeds"]  # type: ignore[misc]
    assert (told["gaps"], told["longest_gap_s"], told["missing_bars"]) == (1, 21_060, 350)
    (quality,) = joined(path).quality
    assert "1 gaps (350 bars), the longest 21,060 s" in quality_line(quality)
    assert good_share(made) < 0.5


def test_13__empty_cells__missing_bars(tmp_path):
    rows = lines("timestamp,open,high,low,close,volume", bar)
    rows[4] = f"{NOON_S + 180},,,,,0.0"
    series = read_prices(file(tmp_path, "x.csv", rows))
    assert series.counts.empty == 1
    assert NOON_S + 240 not in series.times_s
    assert series.closes.tolist() == [c for n, c in enumerate(CLOSES) if n != 3]


def test_14__newest_first_without_a_banner__turned_round(tmp_path):
    rows = lines("timestamp,open,high,low,close,volume", bar)
    series = read_prices(file(tmp_path, "x.csv", [rows[0], *rows[:0:-1]]))
    assert series.newest_first
    assert series.closes.tolist() == CLOSES


def test_15__high_below_low__refused_and_a_close_outside_counted_aloud(tmp_path):
    swapped = lines("timestamp,open,high,low,close", lambda t, c: f"{t},{c},{c - 9},{c + 9},{c}")
    told = refusal(file(tmp_path, "x.csv", swapped))
    assert "line 2: the high 49991 is below the low 50009" in told
    outside = lines("timestamp,open,high,low,close", lambda t, c: f"{t},{c},{c - 5},{c - 9},{c}")
    (quality,) = joined(file(tmp_path, "y.csv", outside)).quality
    assert "10 opens or closes OUTSIDE low..high" in quality_line(quality)


def test_16__first_bar_says_a_day__refused_with_its_line(tmp_path):
    rows = lines("", kline)
    rows[0] = rows[0].replace(str(NOON_S * 1_000 + 59_999), str(NOON_S * 1_000 + 86_399_999))
    told = refusal(file(tmp_path, "x.csv", rows))
    assert "line 1: the closing time says a bar of 86400 s, most are of 60 s" in told


@pytest.mark.parametrize("name", ["BTCUSDT-5m-2025-01", "Binance_BTCUSDT_1h", "BTCUSDT_daily"])
def test_16__name_and_steps_contradict__refused_and_settled_by_the_caller(tmp_path, name):
    path = file(tmp_path, f"{name}.csv", lines("timestamp,open,high,low,close,volume", bar))
    assert "but most rows stand 60 s apart" in refusal(path)
    assert joined(path, bar=("60",)).quality[0].bar_s == 60


def test_20__date_and_hour__refused_with_the_column_that_tells_apart(tmp_path):
    rows = ["date,hour,close", *(f"2025-01-01,{n},{c}" for n, c in enumerate(CLOSES))]
    told = refusal(file(tmp_path, "x.csv", rows))
    assert "stands twice with different prices: hour is 0 and 1" in told


def test_23__equal_names_from_two_folders__refused_unless_named(tmp_path):
    alpha = file(tmp_path, "alpha/btcusd.csv", plain())
    beta = file(tmp_path, "beta/btcusd.csv", plain(closes=[c + 35 for c in CLOSES]))
    gamma = file(tmp_path, "gamma/btcusd.csv", plain(start_s=NOON_S + 600))
    for other in (beta, gamma):
        assert "are both venue btcusd, from two folders; --prices NAME=FILE" in refusal(
            alpha, other
        )
    assert sorted(joined(f"a={alpha}", f"b={beta}").markets[BTC]) == ["a", "b"]
    assert len(joined(f"a={alpha}", f"a={gamma}").times_s) == 20


def test_24__months_of_one_venue__chain_by_name(tmp_path):
    first = file(tmp_path, "alpha-2025-01.csv", plain())
    second = file(tmp_path, "alpha-2025-02.csv", plain(start_s=NOON_S + 600))
    assert "chained by one name: --prices NAME=FILE" in refusal(first, second)
    made = joined(f"alpha={second}", f"alpha={first}")
    assert made.markets[BTC]["alpha"].prices.tolist() == CLOSES * 2


def _iso(time: int) -> str:
    return f"2025-01-01 12:{(time - NOON_S) // 60:02}:00"


READ = {
    "26 UTC suffix": ("x.csv", "\n".join(lines("date,close", lambda t, c: f"{_iso(t)} UTC,{c}"))),
    "27 semicolons": ("x.csv", "\n".join(lines("timestamp;close", lambda t, c: f"{t};{c}"))),
    "27 tabs": ("x.tsv", "\n".join(lines("timestamp\tclose", lambda t, c: f"{t}\t{c}"))),
    "36 footer": ("x.csv", "\n".join([*plain(), "# exported 2025"])),
    "61 answer and updatedAt": (
        "x.csv",
        "\n".join(
            lines(
                "blockNumber,transactionHash,current,roundId,updatedAt",
                lambda t, c: f"1,0x00,{c}00000000,{2**64 + t},{t}",
            )
        ),
    ),
}
READ_AS_BARS = {
    "28 ccxt": ("x.json", json.dumps([[(NOON_S + 60 * n) * 1_000, c, c, c, c, 1]
                                      for n, c in enumerate(CLOSES)])),
    "30 unnamed index": (
        "x.csv",
        "\n".join(lines(",open,high,low,close", lambda t, c: f"{_iso(t)},{c},{c},{c},{c}")),
    ),
    "31 open_time and close_time": (
        "x.csv",
        "\n".join(
            lines(
                "open_time,open,high,low,close,volume,close_time",
                lambda t, c: f"{t}000,{c},{c},{c},{c},1,{t + 59}999",
            )
        ),
    ),
    "58 date and time": (
        "x.csv",
        "\n".join(
            lines(
                "Date,Time,Open,High,Low,Close",
                lambda t, c: f"{_iso(t).replace(' ', ',')},{c},{c},{c},{c}",
            )
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", [*READ, *READ_AS_BARS])
def test_26_to_61__common_files__read(tmp_path, kind):
    name, text = (READ | READ_AS_BARS)[kind]
    series = read_prices(file(tmp_path, name, text.splitlines()))
    late = 60 if kind in READ_AS_BARS else 0
    assert series.times_s.tolist() == [NOON_S + 60 * n + late for n in range(10)]
    assert series.closes.tolist() == CLOSES


def test_29__gzipped_csv__read(tmp_path):
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress("\n".join(plain()).encode()))
    assert read_prices(path).closes.tolist() == CLOSES


def test_51__agg_trades__the_last_of_each_second(tmp_path):
    rows = ["agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker"]
    rows += [f"{n},{c},1,1,1,{NOON_S * 1_000 + 400 * n},true" for n, c in enumerate(CLOSES)]
    series = read_prices(file(tmp_path, "x.csv", rows))
    assert series.times_s.tolist() == [NOON_S + n for n in (0, 1, 2, 3, 4)]
    assert series.closes.tolist() == [CLOSES[n] for n in (0, 2, 5, 7, 9)]


def test_54__asset_ctxs__the_markets_own_coins(tmp_path):
    header = "time,coin,funding,open_interest,prev_day_px,day_ntl_vlm,premium,oracle_px,mark_px,"
    rows = [f"{header}mid_px,impact_bid_px,impact_ask_px"]
    for n, close in enumerate(CLOSES):
        for coin, price in (("BTC", close), ("ETH", 2_500), ("kPEPE", 0.01)):
            rows.append(f"2025-01-01T12:0{n}:00Z,{coin},0,1,1,1,0,1,2,{price},1,1")
    path = file(tmp_path, "20250101.csv", rows)
    made = joined(path, markets=(BTC, "ETH-USD"))
    assert made.markets[BTC]["hyperliquid"].prices.tolist() == CLOSES
    assert made.markets["ETH-USD"]["hyperliquid"].prices.tolist() == [2_500] * 10
    marks = joined(path, column=("mark_px",))
    assert marks.markets[BTC]["hyperliquid"].prices.tolist() == [2] * 10


def test_window__start_time_and_from_and_to__choose_it(tmp_path):
    path = file(tmp_path, "x.csv", plain(closes=CLOSES * 3))
    begun = run(path, blocks=5, overrides=[f"start_time={NOON_S + 600}"])
    assert begun.blocks["time_s"].min() == NOON_S + 660
    request = price_request([path], Said(start_s=NOON_S + 120, end_s=NOON_S + 300))
    made = simulate(load_scenario("history"), prices=request)
    assert made.blocks["time_s"].tolist() == [NOON_S + 60 * n for n in (3, 4, 5)]
    assert made.manifest["price_options"] == {"start_s": NOON_S + 120, "end_s": NOON_S + 300}
    with pytest.raises(PriceFileError, match="holds less than one step of 60 s of the files"):
        run(path, overrides=[f"start_time={NOON_S + 10**6}"])
