/** Numbers as people write them on a command line. */
import { TlbcheckError } from "../model/diagnostic.ts";

const POWERS = ["", "k", "m", "g", "t"];

/** `5000`, `5_000`, `1e6`, `5M`; with a base of 1024 also `512MiB`. A whole number. */
export function parseAmount(text: string, option: string, base = 1000): number {
  const match = /^(\d[\d_]*(?:\.\d+)?(?:e\d+)?)([kmgt]?)(?:i?b)?$/i.exec(text.trim());
  if (!match)
    throw wrong(option, text, base === 1024 ? "bytes, such as 512M or 2G" : "a number, such as 5000 or 5M");
  return Math.floor(Number(match[1]!.replaceAll("_", "")) * base ** POWERS.indexOf(match[2]!.toLowerCase()));
}

const SECONDS: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, min: 60, h: 3600 };

/** `90`, `90s`, `1.5m`, `2h`, in seconds. */
export function parseDuration(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m|min|h|)$/i.exec(text.trim());
  if (!match) throw wrong(option, text, "a time, such as 90, 90s, 5m or 1h");
  return Number(match[1]) * SECONDS[match[2]!.toLowerCase()]!;
}

function wrong(option: string, text: string, expected: string): TlbcheckError {
  return new TlbcheckError("TLB306", `${option} takes ${expected}, not "${text}"`);
}
