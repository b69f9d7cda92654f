/**
 * A kept search as a file: one line of JSON that says of which search it is, the states, and a digest of all of it. It is
 * written beside the file that it replaces, so that whatever ends the process leaves one that is whole.
 */
import { createHash } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import {
  type Checkpointing,
  type Resumption,
  type Snapshot,
  STATES_A_SLICE,
} from "../explorer/checkpoint.ts";
import { TlbcheckError } from "../model/diagnostic.ts";
import type { Model } from "../model/model.ts";
import { attempt } from "./files.ts";

const FORMAT = "tlbcheck checkpoint 1";
/** Bytes of the first line at most: more is no checkpoint. */
const LONGEST_LINE = 2 ** 26;
const DIGEST = "sha256";
const DIGEST_BYTES = 32;

/** Which search a checkpoint is of: only the same one can go on with it. */
export interface SearchIdentity {
  readonly version: string;
  readonly model: Model;
  /** The names of what is decided. */
  readonly properties: readonly string[];
  readonly first: boolean;
}

interface Header {
  readonly format: typeof FORMAT;
  readonly version: string;
  readonly search: string;
  readonly snapshot: Snapshot;
}

/** Keeps a search in a file, once in `interval` seconds and where it is ended. */
export function checkpointIn(path: string, identity: SearchIdentity, interval: number): Checkpointing {
  const search = digestOf(identity);
  return {
    interval,
    save: async (snapshot, slices) => {
      const header: Header = { format: FORMAT, version: identity.version, search, snapshot };
      await attempt(path, () => write(path, header, slices));
    },
  };
}

async function write(path: string, header: Header, slices: Iterable<Uint8Array>): Promise<void> {
  const beside = `${path}.${process.pid}.tmp`;
  const file = await open(beside, "w");
  try {
    const hash = createHash(DIGEST);
    const put = async (bytes: Uint8Array): Promise<void> => {
      hash.update(bytes);
      await file.writeFile(bytes);
    };
    await put(Buffer.from(`${JSON.stringify(header)}\n`));
    for (const slice of slices) await put(slice);
    await file.writeFile(hash.digest());
    await file.sync();
  } catch (error) {
    await file.close();
    await rm(beside, { force: true });
    throw error;
  }
  await file.close();
  await rename(beside, path);
}

/**
 * The search that a file keeps, after the whole file was found to be as it was written.
 *
 * @throws TlbcheckError TLB301 and TLB307 for a file that cannot be read, TLB316 for one that is no checkpoint of this search
 */
export async function resumptionFrom(path: string, identity: SearchIdentity): Promise<Resumption> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") throw new TlbcheckError("TLB301", `there is no file ${path}`);
    throw unreadable(path, error);
  });
  try {
    const { header, begin } = await headerOf(file, path);
    requireSame(header, identity, path);
    const { snapshot } = header;
    const bytes = snapshot.states * snapshot.words * 8;
    await requireWhole(file, path, begin + bytes);
    return { snapshot, slices: slicesOf(path, snapshot, begin) };
  } finally {
    await file.close();
  }
}

async function headerOf(file: FileHandle, path: string): Promise<{ header: Header; begin: number }> {
  const parts: Buffer[] = [];
  let length = 0;
  for (;;) {
    const { bytesRead, buffer } = await read(file, path, Buffer.alloc(2 ** 16), length);
    const found = buffer.subarray(0, bytesRead).indexOf("\n");
    parts.push(buffer.subarray(0, found < 0 ? bytesRead : found));
    if (found >= 0) {
      const line = Buffer.concat(parts).toString("utf8");
      return { header: parsed(line, path), begin: Buffer.byteLength(line) + 1 };
    }
    length += bytesRead;
    if (bytesRead === 0 || length > LONGEST_LINE) throw noCheckpoint(path, "it has no first line");
  }
}

function parsed(line: string, path: string): Header {
  try {
    const header = JSON.parse(line) as Header | { readonly format?: undefined };
    if (header.format === FORMAT) return header;
  } catch {
    // Said below.
  }
  throw noCheckpoint(path, "its first line is not that of a checkpoint of this version");
}

function requireSame({ version, search }: Header, identity: SearchIdentity, path: string): void {
  if (version !== identity.version)
    throw noCheckpoint(path, `tlbcheck ${version} wrote it, and this is ${identity.version}`);
  if (search !== digestOf(identity))
    throw noCheckpoint(
      path,
      "it is of another search: the model file has changed, or another configuration or property is selected",
    );
}

/** Reads all of the file up to its digest, which lies at `end`. */
async function requireWhole(file: FileHandle, path: string, end: number): Promise<void> {
  const { size } = await file.stat();
  if (size !== end + DIGEST_BYTES)
    throw noCheckpoint(path, size < end + DIGEST_BYTES ? "it is cut off" : "something follows its end");
  const hash = createHash(DIGEST);
  const buffer = Buffer.alloc(2 ** 20);
  for (let at = 0; at < end;) {
    const { bytesRead } = await read(file, path, buffer.subarray(0, Math.min(buffer.length, end - at)), at);
    if (bytesRead === 0) throw noCheckpoint(path, "it is cut off");
    hash.update(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
  const { buffer: digest } = await read(file, path, Buffer.alloc(DIGEST_BYTES), end);
  if (!hash.digest().equals(digest)) throw noCheckpoint(path, "its digest says that it was altered");
}

async function* slicesOf(
  path: string,
  { states, words }: Snapshot,
  begin: number,
): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r");
  try {
    let at = begin;
    for (let from = 0; from < states; from += STATES_A_SLICE) {
      const slice = Buffer.alloc(Math.min(STATES_A_SLICE, states - from) * words * 8);
      for (let done = 0; done < slice.length;) {
        const { bytesRead } = await read(file, path, slice.subarray(done), at + done);
        if (bytesRead === 0) throw noCheckpoint(path, "it is cut off");
        done += bytesRead;
      }
      at += slice.length;
      yield slice;
    }
  } finally {
    await file.close();
  }
}

async function read(file: FileHandle, path: string, buffer: Buffer, position: number) {
  return file.read(buffer, 0, buffer.length, position).catch((error: unknown) => {
    throw unreadable(path, error);
  });
}

/** Lines of the model file are no part of what is searched. */
function digestOf({ version, model, properties, first }: SearchIdentity): string {
  const text = JSON.stringify({ version, model, properties, first }, (key, value: unknown) =>
    key === "source" ? undefined : value,
  );
  return createHash(DIGEST).update(text).digest("hex");
}

function unreadable(path: string, error: unknown): TlbcheckError {
  return new TlbcheckError("TLB307", `${path} cannot be read: ${(error as Error).message}`, { cause: error });
}

function noCheckpoint(path: string, reason: string): TlbcheckError {
  return new TlbcheckError("TLB316", `${path} cannot be resumed: ${reason}`, {
    hint: "begin anew without --resume",
  });
}
