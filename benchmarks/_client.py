"""A small client for loopback: a bounded number of requests over kept connections, and how long each took."""

import asyncio
import time
from dataclasses import dataclass
from statistics import median

LONGEST_SECONDS = 20  # a slow page is asked less often


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of each request, in the order of their ends."""

    all: tuple[float, ...]
    bytes: int

    @property
    def first(self) -> float:
        return self.all[0]

    @property
    def p50(self) -> float:
        return median(self.all)

    @property
    def p95(self) -> float:
        return sorted(self.all)[int(0.95 * (len(self.all) - 1))]


def times_of(port: int, path: str, *, requests: int, at_once: int, headers: dict[str, str] | None = None) -> Times:
    """Ask for one address up to so many times, `at_once` of them together. Every answer must be 200."""
    return asyncio.run(_times(port, path, requests, at_once, headers or {}))


async def _times(port: int, path: str, requests: int, at_once: int, headers: dict[str, str]) -> Times:
    took: list[float] = []
    end = time.perf_counter() + LONGEST_SECONDS
    sizes: set[int] = set()
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Accept-Encoding: gzip",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    message = ("\r\n".join(lines) + "\r\n\r\n").encode()

    async def visitor(count: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(count):
            if time.perf_counter() > end:
                break
            began = time.perf_counter()
            writer.write(message)
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            size = next(
                int(line.partition(":")[2]) for line in head.splitlines() if line.lower().startswith("content-length:")
            )
            await reader.readexactly(size)
            took.append((time.perf_counter() - began) * 1000)
            sizes.add(size)
            status = head.split(" ", 2)[1]
            if status != "200":
                raise SystemExit(f"{path} answered {status}")
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(visitor(requests // at_once) for _ in range(at_once)))
    return Times(tuple(took), max(sizes))
