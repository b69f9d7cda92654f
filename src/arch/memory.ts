/**
 * Page-table memory: one leaf descriptor for each page of each translation context. A walker reads `valid`,
 * `frame` and `writable`; what an invalid descriptor holds besides (`software`) is for the kernel alone.
 */
import type { Body, ModelBuilder } from "../model/builder.ts";
import type { Domain } from "../model/domain.ts";
import { and, type Operand, type Term } from "../model/term.ts";
import type { Descriptor } from "./architecture.ts";
import { DescriptorArrays, firstValue, type StoredDescriptor } from "./descriptor-arrays.ts";
import type { Domains } from "./domains.ts";

/** The descriptor of one page when the model begins. */
export interface InitialDescriptor {
  /** The frame's name; null for a descriptor that names none, which is invalid. */
  readonly frame: string | null;
  readonly writable: boolean;
  /** False for an invalid descriptor in which software keeps the frame. True unless given, where there is a frame. */
  readonly valid?: boolean;
  /** Whether it is marked as accessed, and as dirty; set unless given. */
  readonly accessed?: boolean;
  readonly dirty?: boolean;
}

/** The flags that a mapping is stored with; both set unless given. */
export interface StoredFlags {
  readonly accessed?: Operand;
  readonly dirty?: Operand;
}

/**
 * What is stored into a descriptor: a mapping, an invalid entry with software's content, or one in which software keeps
 * the frame that was mapped.
 */
export type Store =
  | ({ readonly frame: Operand; readonly writable: Operand } & StoredFlags)
  | { readonly software: Operand }
  | ({ readonly kept: Operand } & StoredFlags);

/** The fields of a descriptor, all written at once; flags that are not given are set, where they can be clear. */
export type DescriptorFields = Readonly<Record<"valid" | "frame" | "writable" | "software", Operand>> &
  StoredFlags;

/** Told of each flag that the hardware sets in a descriptor because of an access. */
export type FlagObserver = (space: Operand, page: Operand) => Body;

/** Called while the model is built; what it returns becomes the first part of a store that reaches memory. */
export type StoreObserver = (space: Operand, page: Operand, value: DescriptorFields) => Body;

/**
 * The accessed and dirty flags of descriptors, where the hardware may set them; each update reads the descriptor and
 * writes it in one atomic step.
 */
export interface DescriptorFlags {
  /** Which descriptors have them, for a verdict's assumptions: " in huge entries only". All of them unless given. */
  readonly where?: string;
  /** The descriptor is valid, and not marked as accessed. */
  lacksAccessed(space: Operand, page: Operand): Term;
  setAccessed(space: Operand, page: Operand): Body;
  isInvalid(space: Operand, page: Operand): Term;
  /** Valid, writable once it is marked as dirty, and not marked so yet. */
  isClean(space: Operand, page: Operand): Term;
  /** Valid, and writable as it is. */
  isWritable(space: Operand, page: Operand): Term;
  /** Whether a store would change the flag, valid or not. */
  lacksDirty(space: Operand, page: Operand): Term;
  setDirty(space: Operand, page: Operand): Body;
  /** Marks a descriptor that is not valid, for a store that is not made. */
  setStrayDirty(space: Operand, page: Operand): Body;
}

/** Descriptors as walkers see them. */
export interface DescriptorMemory {
  /** The flags that the hardware may set; not there, or null, where descriptors always have them set. */
  readonly flags?: DescriptorFlags | null;
  descriptor(space: Operand, page: Operand): Descriptor;
  /** Has a part of every store to a descriptor written, before it is made; not there if nobody can. */
  onStore?(observer: StoreObserver): void;
}

/** Descriptors as the kernel reads and writes them, whatever the shape of the tables that they lie in. */
export abstract class PageTables implements DescriptorMemory {
  readonly software: Domain;
  /** The flags that the hardware may set; null where they are always set. */
  abstract readonly flags: DescriptorFlags | null;
  /** Whether stores say which flags a mapping has. */
  readonly storesFlags: boolean = false;
  readonly #onStore: StoreObserver[] = [];
  readonly #onFlag: FlagObserver[] = [];

  constructor(software: Domain) {
    this.software = software;
  }

  abstract descriptor(space: Operand, page: Operand): StoredDescriptor;

  /** The descriptor in its table, whether or not a walk comes there. */
  stored(space: Operand, page: Operand): StoredDescriptor {
    return this.descriptor(space, page);
  }

  /** The fields of a store reach memory. */
  abstract write(space: Operand, page: Operand, fields: DescriptorFields): Body;

  /** What a store writes to the fields of a descriptor. */
  fieldsOf(value: Store): DescriptorFields {
    const software = firstValue(this.software);
    if ("frame" in value) {
      const { frame, writable } = value;
      return { valid: true, frame, writable, software, ...this.#flagsOf(value) };
    }
    if ("kept" in value)
      return { valid: false, frame: value.kept, writable: false, software, ...this.#flagsOf(value) };
    const none = this.#flagsOf({ accessed: false, dirty: false });
    return { valid: false, frame: null, writable: false, software: value.software, ...none };
  }

  #flagsOf({ accessed = true, dirty = true }: StoredFlags): StoredFlags {
    return this.storesFlags ? { accessed, dirty } : {};
  }

  /**
   * Writes a descriptor in one atomic store, performed at once. Walkers see it from then on, unless nothing
   * orders them behind stores (`ordersWalks`).
   */
  store(space: Operand, page: Operand, value: Store): Body {
    return this.write(space, page, this.fieldsOf(value));
  }

  onStore(observer: StoreObserver): void {
    this.#onStore.push(observer);
  }

  /**
   * Has a part of each update of a flag by the hardware written: of a small page when it is marked as dirty, for that it
   * was accessed is a hint; of a huge page of either.
   */
  onFlag(observer: FlagObserver): void {
    this.#onFlag.push(observer);
  }

  protected tellFlag(space: Operand, page: Operand): Body {
    return this.#onFlag.map((observe) => observe(space, page));
  }

  /** What observers make of a store; nothing is asked where there is none. */
  protected tellStore(space: Operand, page: Operand, fields: () => DescriptorFields): Body {
    if (this.#onStore.length === 0) return [];
    const stored = fields();
    return this.#onStore.map((observe) => observe(space, page, stored));
  }
}

/** One leaf descriptor for each page of each context. */
export class PageTableMemory extends PageTables {
  readonly flags: DescriptorFlags | null;
  override readonly storesFlags: boolean;
  readonly #descriptors: DescriptorArrays;

  /**
   * `initial` has a descriptor for each page of each context, page fastest. With `flags` the accessed and dirty flags can
   * be clear.
   */
  constructor(
    builder: ModelBuilder,
    domains: Domains,
    software: Domain,
    initial: readonly InitialDescriptor[],
    flags = false,
  ) {
    super(software);
    this.storesFlags = flags;
    this.#descriptors = new DescriptorArrays(builder, domains.space, domains, software, initial, flags);
    this.flags = flags ? this.#flags() : null;
  }

  descriptor(space: Operand, page: Operand): StoredDescriptor {
    return this.#descriptors.walked(space, page);
  }

  override stored(space: Operand, page: Operand): StoredDescriptor {
    return this.#descriptors.at(space, page);
  }

  write(space: Operand, page: Operand, fields: DescriptorFields): Body {
    return [this.tellStore(space, page, () => fields), this.#descriptors.write(space, page, fields)];
  }

  #flags(): DescriptorFlags {
    const at = (space: Operand, page: Operand): StoredDescriptor => this.#descriptors.at(space, page);
    const setDirty = (space: Operand, page: Operand): Body => this.#descriptors.setDirty(space, page);
    return {
      lacksAccessed: (space, page) => and(at(space, page).valid, at(space, page).accessed.not()),
      setAccessed: (space, page) => this.#descriptors.setAccessed(space, page),
      isInvalid: (space, page) => at(space, page).valid.not(),
      isClean: (space, page) => and(permitsStores(at(space, page)), at(space, page).dirty.not()),
      isWritable: (space, page) => and(permitsStores(at(space, page)), at(space, page).dirty),
      lacksDirty: (space, page) => at(space, page).dirty.not(),
      setDirty: (space, page) => [
        this.tellFlag(space, page),
        this.#descriptors.setAccessed(space, page),
        setDirty(space, page),
      ],
      setStrayDirty: setDirty,
    };
  }
}

function permitsStores({ valid, writable }: StoredDescriptor): Term {
  return and(valid, writable);
}

/** What a walker reads of what is stored: no permission to write before the descriptor is marked as dirty. */
export function walkedWritable({ writable, dirty }: DescriptorFields): Operand {
  return dirty === undefined ? writable : and(writable, dirty);
}
