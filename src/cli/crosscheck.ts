/** `tlbcheck crosscheck`: lets other model checkers answer the same questions. */
import type { Family } from "../model/family.ts";
import { alignColumns } from "../report/text.ts";
import { comparePeers, type Compared, type CompareOptions } from "./compare-peers.ts";
import { tableHead, tableRow } from "./crosscheck-table.ts";
import { engines } from "./engines.ts";
import { exitStatus, type ExitStatus } from "./exit-status.ts";
import type { CrosscheckOptions } from "./export-arguments.ts";
import { Interruption } from "./interruption.ts";
import { loadModel } from "./load-model.ts";
import { isHelper, modelFiles } from "./model-files.ts";
import type { Peer } from "./peer.ts";
import { findPeers, versionOf } from "./peers.ts";
import { planTasks, type Task } from "./plan.ts";
import type { Terminal } from "./terminal.ts";

const DEFAULT_STATES = 50_000;
const DEFAULT_MEMORY = 4 * 2 ** 30;
const DEFAULT_SECONDS = 60;

interface Timed {
  readonly compared: Compared;
  readonly seconds: number;
}

/** Compares every configuration of the models, or those selected, and prints a table. */
export async function crosscheck(
  options: CrosscheckOptions,
  version: string,
  terminal: Terminal,
): Promise<ExitStatus> {
  const { present, missing } = await findPeers(options.peers, options.tlcJar);
  const versions = await Promise.all(present.map(versionOf));
  const interruption = new Interruption();
  const compare: CompareOptions = {
    engine: await engines[options.engine]!.load(),
    threads: options.threads,
    maxStates: options.maxStates ?? DEFAULT_STATES,
    limits: {
      timeout: options.timeout ?? DEFAULT_SECONDS,
      maxMemory: options.maxMemory ?? DEFAULT_MEMORY,
      signal: interruption.signal,
    },
  };
  const found: Timed[] = [];
  for (const { family, file } of await families(options.paths))
    for (const task of planTasks(family, { ...options, file, properties: [] })) {
      if (interruption.interrupted) break;
      const begin = performance.now();
      const compared = await comparePeers(nameOf(task), task.model, present, compare);
      found.push({ compared, seconds: (performance.now() - begin) / 1000 });
      if (terminal.progress.isTTY) terminal.progress.write(`\r${found.length} compared `);
    }
  interruption.end();
  const lacking = missing.map(
    ({ peer, command, debian }) =>
      `${peer.name} is not asked: there is no command ${command} (Debian package ${debian})`,
  );
  const told = [`tlbcheck ${version}`, ...versions];
  terminal.out(
    options.json
      ? `${JSON.stringify({ version, versions: told, missing: lacking, compared: found }, null, 2)}\n`
      : report(found, present, told, lacking),
  );
  if (interruption.interrupted) return exitStatus.interrupted;
  return found.every(({ compared }) => compared.agree) ? exitStatus.expected : exitStatus.internal;
}

async function families(paths: readonly string[]): Promise<{ file: string; family: Family }[]> {
  const files = (await Promise.all(paths.map(modelFiles))).flat();
  const loaded = await Promise.all(
    files.map(async (file) => {
      try {
        return [{ file, family: await loadModel(file) }];
      } catch (error) {
        if (files.length > 1 && isHelper(error)) return [];
        throw error;
      }
    }),
  );
  return loaded.flat();
}

/** `peterson fixed`, `reclaim-mprotect barrier-only arm64` */
function nameOf({ model, configuration: { variant, arch } }: Task): string {
  return [model.name, variant, ...(arch === null ? [] : [arch])].join(" ");
}

function report(
  found: readonly Timed[],
  peers: readonly Peer[],
  versions: readonly string[],
  lacking: readonly string[],
): string {
  const names = peers.map(({ name }) => name);
  const isCompared = ({ compared }: Timed): boolean => compared.skipped === null;
  const rows = found.filter(isCompared).map(({ compared, seconds }) => tableRow(compared, names, seconds));
  const skipped = found
    .filter((each) => !isCompared(each))
    .map(({ compared: { name, skipped: why } }) => `not compared: ${name}: ${why}`);
  const kept = found.flatMap(({ compared: { name, kept: folder } }) =>
    folder === null ? [] : [`${name} DIFFERS: everything is kept in ${folder}`],
  );
  const differing = kept.length === 0 ? "all equal" : `${kept.length} differ`;
  return [
    ...versions,
    ...lacking,
    "",
    ...alignColumns([tableHead(names), ...rows], [1, 2, 4 + names.length]),
    "",
    ...skipped,
    ...kept,
    `${rows.length} configurations compared, ${differing}`,
    "",
  ].join("\n");
}
