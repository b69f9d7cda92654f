/** `tlbcheck crosscheck`: lets other model checkers answer the same questions. */
import { printableJson } from "../model/printable.ts";
import type { Family } from "../model/family.ts";
import { comparePeers, type Compared } from "./compare-peers.ts";
import { CrosscheckTable } from "./crosscheck-table.ts";
import { engines } from "./engines.ts";
import { exitStatus, type ExitStatus } from "./exit-status.ts";
import type { CrosscheckOptions } from "./export-arguments.ts";
import { Interruption } from "./interruption.ts";
import { loadAll, modelFiles } from "./model-files.ts";
import type { Peer } from "./peer.ts";
import { findPeers, versionsOf } from "./peers.ts";
import { applicable, planTasks, type Task } from "../session/plan.ts";
import { inOrder, Slots } from "./slots.ts";
import type { Terminal } from "./terminal.ts";

const DEFAULT_STATES = 50_000;
/** Bytes for each of the programs that run at the same time. */
const DEFAULT_MEMORY_EACH = 2 * 2 ** 30;
const DEFAULT_SECONDS = 60;

/** Compares every configuration of the models, or those selected, several side by side, and prints a table. */
export async function crosscheck(
  options: CrosscheckOptions,
  version: string,
  terminal: Terminal,
): Promise<ExitStatus> {
  const begin = performance.now();
  const { present, missing } = await findPeers(options.peers, options.tlcJar);
  const versions = [`tlbcheck ${version}`, ...(await versionsOf(present))];
  const lacking = missing.map(
    ({ peer, command, debian }) =>
      `${peer.name} is not asked: there is no command ${command} (Debian package ${debian})`,
  );
  const tasks = (await families(options.paths)).flatMap(({ family, file }) =>
    planTasks(family, {
      ...options,
      ...{ file, properties: [], parameters: applicable(family, options.parameters) },
    }),
  );
  const names = present.map(({ name }) => name);
  const table = options.json ? null : new CrosscheckTable(tasks.map(nameOf), names, terminal.out);
  table?.begin(versions, lacking);
  // Peers run in process groups of their own, which no signal to this process reaches.
  const interruption = new Interruption();
  const found: Compared[] = [];
  try {
    await compareAll(tasks, present, options, interruption.signal, (compared) => {
      found.push(compared);
      table?.add(compared);
    });
  } catch (error) {
    if (!interruption.interrupted) throw error;
  } finally {
    interruption.end();
  }
  table?.end((performance.now() - begin) / 1000, interruption.interrupted);
  if (!table)
    terminal.out(
      `${printableJson(JSON.stringify({ version, versions, missing: lacking, compared: found }, null, 2))}\n`,
    );
  if (interruption.interrupted) return interruption.status;
  return found.every(({ agree }) => agree) ? exitStatus.expected : exitStatus.internal;
}

/** As many configurations side by side as there are threads, and no more programs than that at any time. */
async function compareAll(
  tasks: readonly Task[],
  peers: readonly Peer[],
  options: CrosscheckOptions,
  interruption: AbortSignal,
  tell: (compared: Compared) => void,
): Promise<void> {
  const { threads, maxMemory, maxStates = DEFAULT_STATES, timeout = DEFAULT_SECONDS } = options;
  const memoryEach = maxMemory === undefined ? DEFAULT_MEMORY_EACH : Math.floor(maxMemory / threads);
  const engine = await engines[options.engine]!.load();
  const slots = new Slots(threads);
  const compare = (task: Task, failure: AbortSignal): Promise<Compared> => {
    const signal = AbortSignal.any([interruption, failure]);
    const limits = { timeout, maxMemory: memoryEach, signal };
    return comparePeers(nameOf(task), task.model, peers, { engine, threads, maxStates, limits, slots });
  };
  await inOrder(tasks, threads, compare, tell);
}

async function families(paths: readonly string[]): Promise<{ file: string; family: Family }[]> {
  const attempts = await loadAll((await Promise.all(paths.map(modelFiles))).flat());
  return attempts.map(({ file, family, error }) => {
    if (family) return { file, family };
    throw error;
  });
}

/** `peterson fixed`, `reclaim-mprotect barrier-only arm64` */
function nameOf({ model, configuration: { variant, arch } }: Task): string {
  return [model.name, variant, ...(arch === null ? [] : [arch])].join(" ");
}
