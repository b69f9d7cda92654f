/** The model checkers that are asked, and which of them are here. */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { TlbcheckError } from "../model/diagnostic.ts";
import { runLimited } from "./limited-process.ts";
import type { Peer } from "./peer.ts";
import { rumur } from "./peer-rumur.ts";
import { spin } from "./peer-spin.ts";
import { tlcFrom } from "./peer-tlc.ts";

/** Those that are asked without being told where they are. */
export const peers: readonly Peer[] = [spin, rumur];

/** A checker of which a command is missing. */
export interface MissingPeer {
  readonly peer: Peer;
  readonly command: string;
  readonly debian: string;
}

export interface FoundPeers {
  readonly present: readonly Peer[];
  readonly missing: readonly MissingPeer[];
}

/**
 * The peers that are installed: those named, or any; and TLC if its jar is given.
 *
 * @throws TlbcheckError TLB301 if there is no such jar, TLB602 if one that is named is not installed
 */
export async function findPeers(named: readonly string[], tlcJar?: string): Promise<FoundPeers> {
  if (tlcJar !== undefined && !existsSync(tlcJar))
    throw new TlbcheckError("TLB301", `there is no file ${tlcJar}`);
  const chosen = named.length === 0 ? peers : peers.filter(({ name }) => named.includes(name));
  const wanted = tlcJar === undefined ? chosen : [...chosen, tlcFrom(tlcJar)];
  const found = await Promise.all(wanted.map(async (peer) => ({ peer, lacks: await lackOf(peer) })));
  const missing = found.flatMap(({ peer, lacks }) => (lacks ? [{ peer, ...lacks }] : []));
  const [first] = missing;
  if (first && named.length > 0)
    throw new TlbcheckError(
      "TLB602",
      `${first.peer.name} needs the command ${first.command}, which is not here`,
      {
        hint: `on Debian: apt-get install ${first.debian}`,
      },
    );
  return { present: found.flatMap(({ peer, lacks }) => (lacks ? [] : [peer])), missing };
}

/** What the programs say of their versions, the first line of each, and each program once. */
export async function versionsOf(asked: readonly Peer[]): Promise<string[]> {
  const commands = new Map(asked.flatMap(({ versions }) => versions).map((each) => [each[0], each]));
  return Promise.all(
    [...commands.values()].map(async (command) => {
      const { output } = await runLimited(command, tmpdir(), { timeout: 10, maxMemory: Infinity });
      return output.trim().split("\n")[0] ?? "";
    }),
  );
}

async function lackOf({ needs }: Peer): Promise<{ command: string; debian: string } | undefined> {
  const has = await Promise.all(needs.map(({ command }) => isInstalled(command)));
  return needs.find((_, i) => !has[i]);
}

async function isInstalled(command: string): Promise<boolean> {
  const words = ["sh", "-c", `command -v ${command}`] as const;
  return (await runLimited(words, tmpdir(), { timeout: 10, maxMemory: 2 ** 32 })).status === 0;
}
