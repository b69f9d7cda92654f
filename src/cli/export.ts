/** `tlbcheck export`: writes a model in another checker's language. */
import type { Counts } from "../explorer/engine.ts";
import { formats } from "../export/formats.ts";
import { TlbcheckError } from "../model/diagnostic.ts";
import type { Model } from "../model/model.ts";
import { defaultEngine, engines } from "./engines.ts";
import { exitStatus, type ExitStatus } from "./exit-status.ts";
import type { ExportCommandOptions } from "./export-arguments.ts";
import { requireWritable, writeOutput } from "./files.ts";
import { loadModel } from "./load-model.ts";
import { planTasks } from "../session/plan.ts";
import type { Terminal } from "./terminal.ts";

/** States are counted for the header as far as that takes no time that anybody notices. */
const COUNTED = { maxStates: 200_000, timeout: 5, threads: 1 };

/**
 * Exports the one configuration that is selected.
 *
 * @throws TlbcheckError TLB306 if several are, TLB307 if the file cannot be written
 */
export async function exportModel(options: ExportCommandOptions, terminal: Terminal): Promise<ExitStatus> {
  const family = await loadModel(options.file);
  const [task, ...more] = planTasks(family, { ...options, properties: [] });
  if (!task || more.length > 0)
    throw new TlbcheckError("TLB306", `export takes one configuration, and ${more.length + 1} are selected`, {
      hint: "select one with --variant and --arch",
    });
  const companionFile = options.output?.replace(/(\.\w+)?$/, ".cfg");
  await requireWritable(options.output);
  const { text, companion } = formats[options.to](task.model, {
    properties: options.properties,
    origin: `exported by: ${task.command.replace(/^tlbcheck /, "tlbcheck export ")} --to ${options.to}${options.properties ? "" : " --no-properties"}`,
    counts: options.properties ? null : await countsOf(task.model),
  });
  if (options.output === undefined) {
    terminal.out(text);
    return exitStatus.expected;
  }
  if (companion !== null) await requireWritable(companionFile);
  await writeOutput(options.output, text);
  if (companion !== null) await writeOutput(companionFile!, companion);
  return exitStatus.expected;
}

async function countsOf(model: Model): Promise<Counts | null> {
  const engine = await engines[defaultEngine]!.load();
  const { counts, stopped } = await engine.search(model, { ...COUNTED, properties: [], exhaustive: true });
  return stopped === null ? counts : null;
}
