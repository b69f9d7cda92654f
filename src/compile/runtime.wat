;; The fixed part of every search module: hash, visited set, arena and batches. `runtime-text.ts` fills in the
;; names in braces and repeats the lines between {each word} (or {each other word}: all but word 0) and {end},
;; with {8j} for the word's offset; `search-module.ts` appends the model's own part, whose entry is $expand.
;;
;; Memory, from below: control words, one area a lane (a worker's seat), the visited set; from the top downwards
;; the arena: state number i, {WORDS} words, ends {BYTES} * i bytes below $top. States are appended and
;; never changed while a level is searched, so the arena is also the queue: a level is a range of numbers.
;;
;; A record of a batch: the successor's words, its action (low half) and rule (high half), its hash.
;;
;; A slot of the visited set is 0 or one of two things (docs/engine.md tells why):
;;   exact:  the state itself. The hash x of a state is a bijection of word 0 for given other words; the home is the
;;           line of 8 slots that the top $line_bits bits of x name. The slot holds the other bits of x, then the
;;           other words, then how many lines it lies behind its home, counted from 1. Equal slots mean equal
;;           states, so that a lookup costs one cache miss, and the 8 slots of a line are compared at once.
;;   tagged: the low half of x, then the state's number + 1; the words are compared in the arena.

(import "env" "memory" (memory 1 65536 shared))

;; An instance serves one lane at a time; $enter loads these.
(global $lane (mut i32) (i32.const 0))
(global $batch (mut i32) (i32.const 0)) ;; the first record
(global $full (mut i32) (i32.const 0)) ;; a batch that reaches this address is flushed
(global $top (mut i32) (i32.const 0)) ;; where the arena begins, downwards; 0 stands for 4 GiB
(global $bits (mut i64) (i64.const 0)) ;; log2 of the number of slots
(global $line_bits (mut i64) (i64.const 0)) ;; log2 of the number of lines: $bits - 3
(global $last (mut i32) (i32.const 0)) ;; the number of slots - 1
(global $exact (mut i32) (i32.const 0))
(global $next (mut i32) (i32.const 0)) ;; the first unused state number of the lane's block
(global $end (mut i32) (i32.const 0)) ;; the end of that block
(global $part_shift (mut i64) (i64.const 0)) ;; takes a hash, less its lowest bit, to its part
(global $sink (mut i64) (i64.const 0)) ;; keeps loads alive whose only purpose is the cache
;; What a flush does: 0 insert, 1 look for marked states, 2 show one page of successors, 3 nothing, 4 as 2 without
;; a look at the table, 5 draw one of the successors.
(global $mode (mut i32) (i32.const 0))
(global $page (mut i32) (i32.const 0)) ;; mode 2: flushes to skip
(global $stored (mut i32) (i32.const 0)) ;; mode 2: look states up by $find_stored
(global $hit (mut i32) (i32.const 0)) ;; mode 1: a marked successor was seen
(global $alive (mut i32) (i32.const 0)) ;; a fair action of the state in work was taken
(global $fresh (mut i32) (i32.const 0)) ;; something was reported that this lane had not reported
(global $drawn (mut i32) (i32.const 0)) ;; mode 5: the action that was drawn
(global $seen (mut i32) (i32.const 0)) ;; mode 5: successors that it was drawn from
(global $highest (mut i32) (i32.const 0)) ;; mode 5: their priority
(global $groups (mut i32) (i32.const 0)) ;; mode 5: the group of each action
(global $priorities (mut i32) (i32.const 0)) ;; mode 5: the priority of each group
(global $draw_to (mut i32) (i32.const 0)) ;; mode 5: where the successor that was drawn is kept

(func $enter (param $lane i32)
  (global.set $lane (local.get $lane))
  (global.set $batch (i32.add (local.get $lane) (i32.const {BATCH})))
  (global.set $full (i32.add (global.get $batch) (i32.const {BATCH_BYTES})))
  (global.set $top (i32.load offset={TOP} (i32.const 0)))
  (global.set $bits (i64.load32_u offset={BITS} (i32.const 0)))
  (global.set $line_bits (i64.sub (global.get $bits) (i64.const 3)))
  (global.set $last (i32.sub (i32.shl (i32.const 1) (i32.wrap_i64 (global.get $bits))) (i32.const 1)))
  (global.set $exact (i32.load offset={EXACT} (i32.const 0)))
  (global.set $part_shift (i64.sub (i64.const 63) (i64.load32_u offset={PART_BITS} (i32.const 0))))
  (global.set $next (i32.load offset={BLOCK_NEXT} (local.get $lane)))
  (global.set $end (i32.load offset={BLOCK_END} (local.get $lane)))
  (global.set $mode (i32.const 0)))

(func $leave
  (i32.store offset={BLOCK_NEXT} (global.get $lane) (global.get $next))
  (i32.store offset={BLOCK_END} (global.get $lane) (global.get $end)))

;; The address of a state.
(func $at (param $state i32) (result i32)
  (i32.sub (global.get $top) (i32.mul (i32.add (local.get $state) (i32.const 1)) (i32.const {BYTES}))))

;; --- Batches ---------------------------------------------------------------------------------------------

;; Hashes the records up to $stop.
(func $hash_batch (param $stop i32)
  (local $record i32) (local $x i64)
  (local.set $record (global.get $batch))
  (block $done
    (loop $each
      (br_if $done (i32.ge_u (local.get $record) (local.get $stop)))
      (local.set $x (i64.const 0))
      {each other word}
      (local.set $x
        (i64.mul (i64.xor (local.get $x) (i64.load offset={8j} (local.get $record))) (i64.const {HASH_C})))
      (local.set $x (i64.xor (local.get $x) (i64.shr_u (local.get $x) (i64.const 31))))
      {end}
      (local.set $x (i64.mul (i64.xor (local.get $x) (i64.load (local.get $record))) (i64.const {HASH_A})))
      (local.set $x (i64.xor (local.get $x) (i64.shr_u (local.get $x) (i64.const 32))))
      (local.set $x (i64.mul (local.get $x) (i64.const {HASH_B})))
      (i64.store offset={HASH} (local.get $record) (local.get $x))
      (local.set $record (i32.add (local.get $record) (i32.const {RECORD})))
      (br $each))))

;; Counts the records by rule and distributes them to the lane's parts, by the first bits of their hashes. A part
;; is a buffer of entries (the hash, then the words but word 0, which the hash gives back) whose home slots lie in
;; one stretch of the visited set: inserted together, they share its pages' translations. 1: a part is full and
;; cannot be drained now.
(func $scatter (param $stop i32) (result i32)
  (local $record i32) (local $at i32) (local $entry i32) (local $fill i32) (local $part i32)
  (local $x i64) (local $shift i64) (local $parts i32) (local $fills i32)
  (local.set $record (global.get $batch))
  (local.set $shift (global.get $part_shift))
  (local.set $parts (i32.add (global.get $lane) (i32.const {PARTS})))
  (block $done
    (loop $each
      (br_if $done (i32.ge_u (local.get $record) (local.get $stop)))
      (local.set $at
        (i32.add (global.get $lane) (i32.shl (i32.load offset={RULE} (local.get $record)) (i32.const 3))))
      (i64.store offset={FIRINGS}
        (local.get $at)
        (i64.add (i64.load offset={FIRINGS} (local.get $at)) (i64.const 1)))
      (local.set $x (i64.const 0))
      {each other word}
      (local.set $x
        (i64.mul (i64.xor (local.get $x) (i64.load offset={8j} (local.get $record))) (i64.const {HASH_C})))
      (local.set $x (i64.xor (local.get $x) (i64.shr_u (local.get $x) (i64.const 31))))
      {end}
      (local.set $x (i64.mul (i64.xor (local.get $x) (i64.load (local.get $record))) (i64.const {HASH_A})))
      (local.set $x (i64.xor (local.get $x) (i64.shr_u (local.get $x) (i64.const 32))))
      (local.set $x (i64.mul (local.get $x) (i64.const {HASH_B})))
      (local.set $part (i32.wrap_i64 (i64.shr_u (i64.shr_u (local.get $x) (i64.const 1)) (local.get $shift))))
      (local.set $at (i32.add (global.get $lane) (i32.shl (local.get $part) (i32.const 2))))
      (local.set $fill (i32.load offset={FILLS} (local.get $at)))
      (if (i32.eq (local.get $fill) (i32.const {PART_BYTES}))
        (then
          (if (call $drain (local.get $part)) (then (return (i32.const 1))))
          (local.set $fill (i32.const 0))))
      (local.set $entry
        (i32.add
          (i32.add (local.get $parts) (i32.mul (local.get $part) (i32.const {PART_BYTES})))
          (local.get $fill)))
      (i64.store (local.get $entry) (local.get $x))
      {each other word}
      (i64.store offset={8j} (local.get $entry) (i64.load offset={8j} (local.get $record)))
      {end}
      (i32.store offset={FILLS} (local.get $at) (i32.add (local.get $fill) (i32.const {BYTES})))
      (local.set $record (i32.add (local.get $record) (i32.const {RECORD})))
      (br $each)))
  (i32.const 0))

;; The bytes in use of a part.
(func $fill (param $part i32) (result i32)
  (i32.load offset={FILLS} (i32.add (global.get $lane) (i32.shl (local.get $part) (i32.const 2)))))

(func $set_fill (param $part i32) (param $fill i32)
  (i32.store offset={FILLS}
    (i32.add (global.get $lane) (i32.shl (local.get $part) (i32.const 2)))
    (local.get $fill)))

;; The address of a part's first entry.
(func $part_at (param $part i32) (result i32)
  (i32.add
    (i32.add (global.get $lane) (i32.const {PARTS}))
    (i32.mul (local.get $part) (i32.const {PART_BYTES}))))

;; Inserts the entries of a part. 1: the search must pause first; the entries that remain are kept.
(func $drain (param $part i32) (result i32)
  (local $entry i32) (local $stop i32) (local $next i32) (local $begin i32)
  (local.set $begin (call $part_at (local.get $part)))
  (local.set $entry (local.get $begin))
  (local.set $stop (i32.add (local.get $begin) (call $fill (local.get $part))))
  (block $done
    (loop $each
      (br_if $done (i32.ge_u (local.get $entry) (local.get $stop)))
      (local.set $next (i32.add (local.get $entry) (i32.const {TOUCH_BYTES})))
      (if (i32.gt_u (local.get $next) (local.get $stop)) (then (local.set $next (local.get $stop))))
      (call $touch (local.get $entry) (local.get $next))
      (if (global.get $exact)
        (then (local.set $entry (call $insert_exact (local.get $entry) (local.get $next))))
        (else (local.set $entry (call $insert_tagged (local.get $entry) (local.get $next)))))
      (br_if $each (i32.eq (local.get $entry) (local.get $next)))))
  (memory.copy (local.get $begin) (local.get $entry) (i32.sub (local.get $stop) (local.get $entry)))
  (call $set_fill (local.get $part) (i32.sub (local.get $stop) (local.get $entry)))
  (i32.ne (local.get $entry) (local.get $stop)))

;; Inserts the entries of all parts; 1 as $drain.
(func $drain_all (result i32)
  (local $part i32)
  (loop $each
    (if (call $fill (local.get $part))
      (then (if (call $drain (local.get $part)) (then (return (i32.const 1))))))
    (local.set $part (i32.add (local.get $part) (i32.const 1)))
    (br_if $each (i32.lt_u (local.get $part) (i32.const {PART_COUNT}))))
  (i32.const 0))

;; Reads the home slots of entries. No load waits for another one here, so the processor has many cache misses
;; under way at once; the probes that follow find their lines in the cache.
(func $touch (param $entry i32) (param $stop i32)
  (local $sum i64) (local $shift i64)
  (local.set $shift (i64.sub (i64.const 64) (global.get $line_bits)))
  (loop $each
    (local.set $sum
      (i64.add
        (local.get $sum)
        (i64.load offset={TABLE}
          (i32.shl
            (i32.wrap_i64 (i64.shr_u (i64.load (local.get $entry)) (local.get $shift)))
            (i32.const 6)))))
    (local.set $entry (i32.add (local.get $entry) (i32.const {BYTES})))
    (br_if $each (i32.lt_u (local.get $entry) (local.get $stop))))
  (global.set $sink (local.get $sum)))

;; Word 0 of an entry's state: the hash run backwards.
(func $first_word (param $entry i32) (result i64)
  (local $rest i64) (local $x i64)
  {each other word}
  (local.set $rest
    (i64.mul (i64.xor (local.get $rest) (i64.load offset={8j} (local.get $entry))) (i64.const {HASH_C})))
  (local.set $rest (i64.xor (local.get $rest) (i64.shr_u (local.get $rest) (i64.const 31))))
  {end}
  (local.set $x (i64.mul (i64.load (local.get $entry)) (i64.const {HASH_B_INVERSE})))
  (local.set $x (i64.xor (local.get $x) (i64.shr_u (local.get $x) (i64.const 32))))
  (i64.xor (i64.mul (local.get $x) (i64.const {HASH_A_INVERSE})) (local.get $rest)))

;; Ends a batch: what lies between $batch and $stop is dealt with and may be overwritten. 1: leave the state in
;; work, because the search must pause (or, showing a page, because this is the page).
(func $flush (param $stop i32) (result i32)
  (if (global.get $mode) (then (return (call $flush_in_mode (local.get $stop)))))
  (if (i32.atomic.load offset={STOP} (i32.const 0)) (then (return (i32.const 1))))
  (call $scatter (local.get $stop)))

(func $flush_in_mode (param $stop i32) (result i32)
  (if (i32.eq (global.get $mode) (i32.const 3)) (then (return (i32.const 0))))
  (if (i32.eq (global.get $mode) (i32.const 5))
    (then
      (call $draw (local.get $stop))
      (return (i32.const 0))))
  (if (i32.ne (global.get $mode) (i32.const 1))
    (then
      (if (global.get $page)
        (then
          (global.set $page (i32.sub (global.get $page) (i32.const 1)))
          (return (i32.const 0))))
      (if (i32.eq (global.get $mode) (i32.const 2))
        (then
          (call $hash_batch (local.get $stop))
          (if (global.get $stored)
            (then (call $find_stored (local.get $stop)))
            (else (call $find_batch (local.get $stop))))))
      (i32.store offset={PAGE_END} (global.get $lane) (local.get $stop))
      (return (i32.const 1))))
  (call $hash_batch (local.get $stop))
  (call $find_batch (local.get $stop))
  (call $find_marks (local.get $stop))
  (i32.const 0))

;; --- The visited set -------------------------------------------------------------------------------------
;;
;; Why insertion needs no lock. A slot changes once while lanes run, from 0 to its final value, and only by
;; compare-and-exchange. A lane that looks for a state walks the same slots in the same order as every other
;; lane that looks for it (from its home on, one by one) and stops at the first that is 0 or holds the
;; state. Suppose two lanes both insert state s, into slots p < q of that walk. The one that took q saw p full
;; with another state before it went on, and p never changes again, so the other one cannot have put s there.
;; Thus at most one lane inserts s, and the loser of an exchange reads what the winner wrote and goes on.
;; The vector loads that look at a line first only shorten the way: a state that they miss is looked for again
;; by atomic loads. What they find is there, because x86 and ARMv8 read each aligned half of them at once.
;; A tagged slot publishes a state's number: its words are stored before the (sequentially consistent)
;; exchange, and whoever reads the slot by an atomic load sees them. An exact slot publishes nothing but
;; itself; the arena's words are read by other lanes only after the barrier at which a level or a growth ends.
;; models/visited-set.ts is this argument as a model.

;; Takes a state number into $next if the lane's block is used up. 0: the table or the arena is full.
(func $reserve (result i32)
  (local $claimed i32) (local $seen i32)
  (if (i32.lt_u (global.get $next) (global.get $end)) (then (return (i32.const 1))))
  (local.set $claimed (i32.atomic.load offset={CLAIMED} (i32.const 0)))
  (loop $again
    (if
      (i32.gt_u
        (i32.add (local.get $claimed) (i32.const {BLOCK}))
        (i32.load offset={LIMIT} (i32.const 0)))
      (then
        (drop (i32.atomic.rmw.or offset={STOP} (i32.const 0) (i32.const {STOP_GROW})))
        (return (i32.const 0))))
    (local.set $seen
      (i32.atomic.rmw.cmpxchg offset={CLAIMED}
        (i32.const 0)
        (local.get $claimed)
        (i32.add (local.get $claimed) (i32.const {BLOCK}))))
    (if (i32.ne (local.get $seen) (local.get $claimed))
      (then
        (local.set $claimed (local.get $seen))
        (br $again))))
  (global.set $next (local.get $claimed))
  (global.set $end (i32.add (local.get $claimed) (i32.const {BLOCK})))
  (i32.const 1))

;; The value of an exact slot in the home line of a record's state; one more for each line further on.
(func $exact_value (param $record i32) (result i64)
  (local $rest i64)
  {each other word}
  (local.set $rest
    (i64.or (i64.shl (local.get $rest) (i64.const {BITS_OF_WORD})) (i64.load offset={8j} (local.get $record))))
  {end}
  (i64.or
    (i64.or
      (i64.shl (i64.load offset={HASH} (local.get $record)) (global.get $line_bits))
      (i64.shl (local.get $rest) (i64.sub (global.get $line_bits) (i64.const {REST_BITS}))))
    (i64.const 1)))

;; The offset of the home line of a record's state.
(func $home (param $record i32) (result i32)
  (i32.shl
    (i32.wrap_i64
      (i64.shr_u (i64.load offset={HASH} (local.get $record)) (i64.sub (i64.const 64) (global.get $line_bits))))
    (i32.const 6)))

;; The mask under which the distance in an exact slot is 0 once it has overflown.
(func $distance_mask (result i64)
  (i64.sub
    (i64.shl (i64.const 1) (i64.sub (global.get $line_bits) (i64.const {REST_BITS})))
    (i64.const 1)))

;; Inserts entries up to $stop into exact slots; returns the first entry that must wait for a pause, or $stop.
(func $insert_exact (param $entry i32) (param $stop i32) (result i32)
  (local $slot i32) (local $wrap i32) (local $state i32)
  (local $value i64) (local $seen i64) (local $mask i64) (local $shift i64) (local $rest i64) (local $x i64)
  (local $bits i64) (local $rest_shift i64) (local $wanted v128)
  (local.set $bits (global.get $line_bits))
  (local.set $mask (call $distance_mask))
  (local.set $shift (i64.sub (i64.const 64) (local.get $bits)))
  (local.set $rest_shift (i64.sub (local.get $bits) (i64.const {REST_BITS})))
  (local.set $wrap (i32.shl (global.get $last) (i32.const 3)))
  (block $done
    (loop $each
      (br_if $done (i32.ge_u (local.get $entry) (local.get $stop)))
      (local.set $x (i64.load (local.get $entry)))
      (local.set $slot (i32.shl (i32.wrap_i64 (i64.shr_u (local.get $x) (local.get $shift))) (i32.const 6)))
      (local.set $rest (i64.const 0))
      {each other word}
      (local.set $rest
        (i64.or (i64.shl (local.get $rest) (i64.const {BITS_OF_WORD})) (i64.load offset={8j} (local.get $entry))))
      {end}
      (local.set $value
        (i64.or
          (i64.or
            (i64.shl (local.get $x) (local.get $bits))
            (i64.shl (local.get $rest) (local.get $rest_shift)))
          (i64.const 1)))
      (block $found
        (loop $line
          (local.set $wanted (i64x2.splat (local.get $value)))
          (br_if $found
            (v128.any_true
              (v128.or
                (v128.or
                  (i64x2.eq (v128.load offset={TABLE} (local.get $slot)) (local.get $wanted))
                  (i64x2.eq (v128.load offset={TABLE+16} (local.get $slot)) (local.get $wanted)))
                (v128.or
                  (i64x2.eq (v128.load offset={TABLE+32} (local.get $slot)) (local.get $wanted))
                  (i64x2.eq (v128.load offset={TABLE+48} (local.get $slot)) (local.get $wanted))))))
          (loop $probe
            (local.set $seen (i64.atomic.load offset={TABLE} (local.get $slot)))
            (if (i64.eqz (local.get $seen))
              (then
                (br_if $done (i32.eqz (call $reserve)))
                (local.set $seen
                  (i64.atomic.rmw.cmpxchg offset={TABLE} (local.get $slot) (i64.const 0) (local.get $value)))
                (if (i64.eqz (local.get $seen))
                  (then
                    (local.set $state (call $at (global.get $next)))
                    (global.set $next (i32.add (global.get $next) (i32.const 1)))
                    (i64.store (local.get $state) (call $first_word (local.get $entry)))
                    {each other word}
                    (i64.store offset={8j} (local.get $state) (i64.load offset={8j} (local.get $entry)))
                    {end}
                    (br $found)))))
            (br_if $found (i64.eq (local.get $seen) (local.get $value)))
            (local.set $slot (i32.add (local.get $slot) (i32.const 8)))
            (br_if $probe (i32.and (local.get $slot) (i32.const 63))))
          (local.set $slot (i32.and (local.get $slot) (local.get $wrap)))
          (local.set $value (i64.add (local.get $value) (i64.const 1)))
          (br_if $line (i32.eqz (i64.eqz (i64.and (local.get $value) (local.get $mask)))))
          (drop (i32.atomic.rmw.or offset={STOP} (i32.const 0) (i32.const {STOP_CROWDED})))
          (br $done)))
      (local.set $entry (i32.add (local.get $entry) (i32.const {BYTES})))
      (br $each)))
  (local.get $entry))

;; The tag of a record's state, in the high half.
(func $tag (param $record i32) (result i64)
  (i64.shl (i64.load offset={HASH} (local.get $record)) (i64.const 32)))

;; Whether a tagged slot holds the state of this tag and first word, with the other words of a record or entry.
(func $holds (param $slot i64) (param $tag i64) (param $first i64) (param $words i32) (result i32)
  (local $state i32)
  (if (i64.ne (i64.shr_u (local.get $slot) (i64.const 32)) (i64.shr_u (local.get $tag) (i64.const 32)))
    (then (return (i32.const 0))))
  (local.set $state (call $at (i32.sub (i32.wrap_i64 (local.get $slot)) (i32.const 1))))
  (if (i64.ne (i64.load (local.get $state)) (local.get $first)) (then (return (i32.const 0))))
  {each other word}
  (if (i64.ne (i64.load offset={8j} (local.get $state)) (i64.load offset={8j} (local.get $words)))
    (then (return (i32.const 0))))
  {end}
  (i32.const 1))

;; Inserts entries up to $stop into tagged slots; returns as $insert_exact does.
(func $insert_tagged (param $entry i32) (param $stop i32) (result i32)
  (local $slot i32) (local $state i32) (local $tag i64) (local $seen i64) (local $wrap i32) (local $first i64)
  (local.set $wrap (i32.shl (global.get $last) (i32.const 3)))
  (block $done
    (loop $each
      (br_if $done (i32.ge_u (local.get $entry) (local.get $stop)))
      (local.set $tag (i64.shl (i64.load (local.get $entry)) (i64.const 32)))
      (local.set $first (call $first_word (local.get $entry)))
      (local.set $slot
        (i32.shl
          (i32.wrap_i64 (i64.shr_u (i64.load (local.get $entry)) (i64.sub (i64.const 64) (global.get $line_bits))))
          (i32.const 6)))
      (block $found
        (loop $probe
          (local.set $seen (i64.atomic.load offset={TABLE} (local.get $slot)))
          (if (i64.eqz (local.get $seen))
            (then
              (br_if $done (i32.eqz (call $reserve)))
              (local.set $state (call $at (global.get $next)))
              (i64.store (local.get $state) (local.get $first))
              {each other word}
              (i64.store offset={8j} (local.get $state) (i64.load offset={8j} (local.get $entry)))
              {end}
              (local.set $seen
                (i64.atomic.rmw.cmpxchg offset={TABLE}
                  (local.get $slot)
                  (i64.const 0)
                  (i64.or (local.get $tag) (i64.extend_i32_u (i32.add (global.get $next) (i32.const 1))))))
              (if (i64.eqz (local.get $seen))
                (then
                  (global.set $next (i32.add (global.get $next) (i32.const 1)))
                  (br $found)))))
          (br_if $found (call $holds (local.get $seen) (local.get $tag) (local.get $first) (local.get $entry)))
          (local.set $slot (i32.and (i32.add (local.get $slot) (i32.const 8)) (local.get $wrap)))
          (br $probe)))
      (local.set $entry (i32.add (local.get $entry) (i32.const {BYTES})))
      (br $each)))
  (local.get $entry))

;; --- Growth and the end of a level -----------------------------------------------------------------------

;; Empties the slots of a range.
(func $clear (export "clear") (param $from i32) (param $to i32)
  (memory.fill
    (i32.add (i32.const {TABLE}) (i32.shl (local.get $from) (i32.const 3)))
    (i32.const 0)
    (i32.shl (i32.sub (local.get $to) (local.get $from)) (i32.const 3))))

;; Lets a table of exact slots grow in place to 2^$bits slots: a new home is the old home with the next bits of
;; the hash appended. From the last slot down, no slot that is still to be read is overwritten: what lies in line i,
;; d lines from its home, goes to line 2 * (i - d) at least, which is above i unless i is small. The first lines
;; are therefore set aside (in the lane's batch). 1: a slot lies too far from its home, the table is spoilt.
(func (export "widen") (param $lane i32) (param $bits i64) (result i32)
  (local $old i64) (local $slot i32) (local $aside i32)
  (call $enter (local.get $lane))
  (local.set $old (global.get $line_bits))
  (memory.copy (global.get $batch) (i32.const {TABLE}) (i32.const {ASIDE_BYTES}))
  (memory.fill (i32.const {TABLE}) (i32.const 0) (i32.const {ASIDE_BYTES}))
  (local.set $slot (global.get $last))
  (global.set $line_bits (i64.sub (local.get $bits) (i64.const 3)))
  (global.set $last (i32.sub (i32.shl (i32.const 1) (i32.wrap_i64 (local.get $bits))) (i32.const 1)))
  (local.set $aside (i32.const {ASIDE_SLOTS}))
  (loop $each
    (if
      (call $move_slot
        (local.get $slot)
        (i32.add (i32.const {TABLE}) (i32.shl (local.get $slot) (i32.const 3)))
        (local.get $old))
      (then (return (i32.const 1))))
    (local.set $slot (i32.sub (local.get $slot) (i32.const 1)))
    (br_if $each (i32.ge_u (local.get $slot) (local.get $aside))))
  (loop $each
    (if
      (call $move_slot
        (local.get $slot)
        (i32.add (global.get $batch) (i32.shl (local.get $slot) (i32.const 3)))
        (local.get $old))
      (then (return (i32.const 1))))
    (local.set $slot (i32.sub (local.get $slot) (i32.const 1)))
    (br_if $each (i32.ge_s (local.get $slot) (i32.const 0))))
  (i32.const 0))

;; Takes what the exact slot number $from holds, found at an address, from a table of 2^$old lines to its place in
;; the table as it is now.
(func $move_slot (param $from i32) (param $address i32) (param $old i64) (result i32)
  (local $value i64) (local $x i64) (local $rest i64) (local $line i64) (local $distance i64) (local $mask i64)
  (local $slot i32)
  (local.set $value (i64.load (local.get $address)))
  (if (i64.eqz (local.get $value)) (then (return (i32.const 0))))
  (i64.store (local.get $address) (i64.const 0))
  (local.set $line (i64.extend_i32_u (i32.shr_u (local.get $from) (i32.const 3))))
  (local.set $distance
    (i64.sub
      (i64.and
        (local.get $value)
        (i64.sub
          (i64.shl (i64.const 1) (i64.sub (local.get $old) (i64.const {REST_BITS})))
          (i64.const 1)))
      (i64.const 1)))
  (if
    (i32.and
      (i32.ge_u (local.get $from) (i32.const {ASIDE_SLOTS}))
      (i64.ge_u (i64.mul (local.get $distance) (i64.const 2)) (local.get $line)))
    (then (return (i32.const 1))))
  (local.set $line
    (i64.and
      (i64.sub (local.get $line) (local.get $distance))
      (i64.sub (i64.shl (i64.const 1) (local.get $old)) (i64.const 1))))
  (local.set $x
    (i64.or
      (i64.shl (local.get $line) (i64.sub (i64.const 64) (local.get $old)))
      (i64.shr_u (local.get $value) (local.get $old))))
  (local.set $rest
    (i64.and
      (i64.shr_u (local.get $value) (i64.sub (local.get $old) (i64.const {REST_BITS})))
      (i64.sub (i64.shl (i64.const 1) (i64.const {REST_BITS})) (i64.const 1))))
  (local.set $value
    (i64.or
      (i64.or
        (i64.shl (local.get $x) (global.get $line_bits))
        (i64.shl (local.get $rest) (i64.sub (global.get $line_bits) (i64.const {REST_BITS}))))
      (i64.const 1)))
  (local.set $mask (call $distance_mask))
  (local.set $slot
    (i32.shl
      (i32.wrap_i64 (i64.shr_u (local.get $x) (i64.sub (i64.const 64) (global.get $line_bits))))
      (i32.const 3)))
  (loop $probe
    (if (i64.eqz (i64.load offset={TABLE} (i32.shl (local.get $slot) (i32.const 3))))
      (then
        (i64.store offset={TABLE} (i32.shl (local.get $slot) (i32.const 3)) (local.get $value))
        (return (i32.const 0))))
    (local.set $slot (i32.and (i32.add (local.get $slot) (i32.const 1)) (global.get $last)))
    (br_if $probe (i32.and (local.get $slot) (i32.const 7)))
    (local.set $value (i64.add (local.get $value) (i64.const 1)))
    (br_if $probe (i64.ne (i64.and (local.get $value) (local.get $mask)) (i64.const 0))))
  (i32.const 1))

;; Enters the states of a range, all different and none of them in the table, into a table that was emptied.
(func $rebuild (export "rebuild") (param $lane i32) (param $from i32) (param $to i32)
  (local $record i32)
  (call $enter (local.get $lane))
  (block $done
    (loop $batches
      (br_if $done (i32.ge_u (local.get $from) (local.get $to)))
      (local.set $record (global.get $batch))
      (loop $fill
        (call $load_record (local.get $record) (local.get $from))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (local.set $record (i32.add (local.get $record) (i32.const {RECORD})))
        (br_if $fill
          (i32.and
            (i32.lt_u (local.get $from) (local.get $to))
            (i32.lt_u (local.get $record) (global.get $full)))))
      (call $hash_batch (local.get $record))
      (br_if $done (call $place_batch (local.get $record)))
      (br $batches))))

;; Copies a state and its number into a record.
(func $load_record (param $record i32) (param $number i32)
  (local $state i32)
  (local.set $state (call $at (local.get $number)))
  {each word}
  (i64.store offset={8j} (local.get $record) (i64.load offset={8j} (local.get $state)))
  {end}
  (i32.store offset={ACTION} (local.get $record) (local.get $number)))

;; Puts each record's state into the first free slot from its home on, and tells of a slot before it that has the same
;; tag (TWINS; it means nothing of exact slots); 1 if an exact slot lies too far from it.
(func $place_batch (param $stop i32) (result i32)
  (local $record i32) (local $slot i32) (local $value i64) (local $step i64) (local $mask i64) (local $seen i64)
  (local.set $record (global.get $batch))
  (local.set $step (i64.extend_i32_u (global.get $exact)))
  (local.set $mask (call $distance_mask))
  (block $done
    (loop $each
      (br_if $done (i32.ge_u (local.get $record) (local.get $stop)))
      (local.set $slot (call $home (local.get $record)))
      (if (global.get $exact)
        (then (local.set $value (call $exact_value (local.get $record))))
        (else
          (local.set $value
            (i64.or
              (call $tag (local.get $record))
              (i64.extend_i32_u (i32.add (i32.load offset={ACTION} (local.get $record)) (i32.const 1)))))))
      (block $placed
        (loop $probe
          (local.set $seen
            (i64.atomic.rmw.cmpxchg offset={TABLE} (local.get $slot) (i64.const 0) (local.get $value)))
          (br_if $placed (i64.eqz (local.get $seen)))
          (if (i64.eq (i64.shr_u (local.get $seen) (i64.const 32)) (i64.shr_u (local.get $value) (i64.const 32)))
            (then (i32.atomic.store offset={TWINS} (i32.const 0) (i32.const 1))))
          (local.set $slot
            (i32.and (i32.add (local.get $slot) (i32.const 8)) (i32.shl (global.get $last) (i32.const 3))))
          (br_if $probe (i32.and (local.get $slot) (i32.const 63)))
          (local.set $value (i64.add (local.get $value) (local.get $step)))
          (br_if $probe
            (i32.or
              (i32.eqz (global.get $exact))
              (i64.ne (i64.and (local.get $value) (local.get $mask)) (i64.const 0))))
          (drop (i32.atomic.rmw.or offset={STOP} (i32.const 0) (i32.const {STOP_CROWDED})))
          (return (i32.const 1))))
      (local.set $record (i32.add (local.get $record) (i32.const {RECORD})))
      (br $each)))
  (i32.const 0))

;; Gives a state another number, which is free; no lane may run.
(func $move (export "move") (param $lane i32) (param $from i32) (param $to i32)
  (local $slot i32) (local $seen i64) (local $state i32)
  (call $enter (local.get $lane))
  (call $load_record (global.get $batch) (local.get $from))
  (local.set $state (call $at (local.get $to)))
  {each word}
  (i64.store offset={8j} (local.get $state) (i64.load offset={8j} (global.get $batch)))
  {end}
  (if (global.get $exact) (then (return)))
  (call $hash_batch (i32.add (global.get $batch) (i32.const {RECORD})))
  (local.set $slot (call $home (global.get $batch)))
  (loop $probe
    (local.set $seen (i64.load offset={TABLE} (local.get $slot)))
    (if (i32.eq (i32.wrap_i64 (local.get $seen)) (i32.add (local.get $from) (i32.const 1)))
      (then
        (i64.store offset={TABLE}
          (local.get $slot)
          (i64.or
            (i64.and (local.get $seen) (i64.const 0xffffffff00000000))
            (i64.extend_i32_u (i32.add (local.get $to) (i32.const 1)))))
        (return)))
    (local.set $slot
      (i32.and (i32.add (local.get $slot) (i32.const 8)) (i32.shl (global.get $last) (i32.const 3))))
    (br $probe)))

;; --- Searching a level -----------------------------------------------------------------------------------

;; Copies the lane's firing counters to their other place: into the committed ones, or back from them.
(func $copy_firings (param $to i32) (param $from i32)
  (memory.copy
    (i32.add (global.get $lane) (local.get $to))
    (i32.add (global.get $lane) (local.get $from))
    (i32.const {FIRINGS_BYTES})))

;; Takes the next chunk of the level into the lane's PENDING words; 0: there is none.
(func $take_chunk (result i32)
  (local $from i32) (local $to i32) (local $end i32) (local $size i32)
  (local.set $size (i32.load offset={CHUNK} (i32.const 0)))
  (local.set $end (i32.load offset={LEVEL_END} (i32.const 0)))
  (local.set $from (i32.atomic.rmw.add offset={CURSOR} (i32.const 0) (local.get $size)))
  (if (i32.ge_u (local.get $from) (local.get $end)) (then (return (i32.const 0))))
  (local.set $to (i32.add (local.get $from) (local.get $size)))
  (if (i32.gt_u (local.get $to) (local.get $end)) (then (local.set $to (local.get $end))))
  (i32.store offset={PENDING_FROM} (global.get $lane) (local.get $from))
  (i32.store offset={PENDING_TO} (global.get $lane) (local.get $to))
  (i32.const 1))

;; Expands the states of a chunk; 1: it must be expanded again after the pause.
(func $expand_chunk (param $state i32) (param $to i32) (result i32)
  (local $record i32)
  (local.set $record (global.get $batch))
  (loop $each
    (local.set $record (call $expand (call $at (local.get $state)) (local.get $record)))
    (if (i32.eqz (local.get $record)) (then (return (i32.const 1))))
    (local.set $state (i32.add (local.get $state) (i32.const 1)))
    (br_if $each (i32.lt_u (local.get $state) (local.get $to))))
  (call $flush (local.get $record)))

;; Expands chunks of the level until there are none left, $budget are done, or the stop word is set; what is in
;; the parts is inserted when no chunk is left. A chunk counts
;; as a whole or not at all: one that was broken off is kept in the lane's PENDING words, its counts are taken
;; back, and it is expanded again. Its states that are in the table already do no harm.
(func $work (export "work") (param $lane i32) (param $budget i32)
  (call $enter (local.get $lane))
  (block $done
    (loop $chunks
      (br_if $done (i32.atomic.load offset={STOP} (i32.const 0)))
      (if
        (i32.eq
          (i32.load offset={PENDING_FROM} (local.get $lane))
          (i32.load offset={PENDING_TO} (local.get $lane)))
        (then
          (if (i32.eqz (call $take_chunk))
            (then
              (i32.store offset={UNDRAINED} (local.get $lane) (call $drain_all))
              (br $done)))))
      (i32.store offset={UNDRAINED} (local.get $lane) (i32.const 1))
      (if
        (call $expand_chunk
          (i32.load offset={PENDING_FROM} (local.get $lane))
          (i32.load offset={PENDING_TO} (local.get $lane)))
        (then
          (call $copy_firings (i32.const {FIRINGS}) (i32.const {COMMITTED}))
          (br $done)))
      (call $copy_firings (i32.const {COMMITTED}) (i32.const {FIRINGS}))
      (i32.store offset={PENDING_FROM} (local.get $lane) (i32.const 0))
      (i32.store offset={PENDING_TO} (local.get $lane) (i32.const 0))
      (local.set $budget (i32.sub (local.get $budget) (i32.const 1)))
      (br_if $chunks (local.get $budget))))
  (call $leave))

;; Inserts records that the caller has put into the lane's batch (initial states). 1: after a pause, again.
(func (export "insert") (param $lane i32) (param $stop i32) (result i32)
  (local $again i32)
  (call $enter (local.get $lane))
  (local.set $again (i32.or (call $scatter (local.get $stop)) (call $drain_all)))
  (call $leave)
  (call $copy_firings (i32.const {FIRINGS}) (i32.const {COMMITTED}))
  (local.get $again))

;; What the model's part reports of the state in work: property number $what (or, after the properties, a
;; fault) with an action, or -1. While a level is searched only the fact is kept.
(func $report (param $what i32) (param $action i32)
  (local $event i32)
  (local.set $event (i32.add (global.get $lane) (i32.shl (local.get $what) (i32.const 2))))
  (if (i32.eqz (i32.load offset={FLAGS} (local.get $event))) (then (global.set $fresh (i32.const 1))))
  (i32.store offset={FLAGS} (local.get $event) (i32.const 1))
  (if (i32.ne (global.get $mode) (i32.const 3)) (then (return)))
  (local.set $event (i32.load offset={EVENT_COUNT} (global.get $lane)))
  (i32.store offset={EVENT_COUNT} (global.get $lane) (i32.add (local.get $event) (i32.const 1)))
  (local.set $event (i32.add (global.get $lane) (i32.shl (local.get $event) (i32.const 3))))
  (i32.store offset={EVENTS} (local.get $event) (local.get $what))
  (i32.store offset={EVENTS_ACTION} (local.get $event) (local.get $action)))

;; --- Second looks, for the traces; the table is tagged and holds the marked states ---------------------------------------------------

;; Puts the number of each record's state into the low half of its hash, if the table holds every state and no two of
;; them have one tag on the way from the home of the one to its slot (TWINS). What lies before a state's slot on its
;; way lay there when it was entered, and had other tags: the first slot with its tag is its own, and its words need
;; not be compared. As in $touch, the home lines are read first, by loads that do not wait for each other.
(func $find_stored (param $stop i32)
  (local $record i32) (local $slot i32) (local $tag i64) (local $seen i64)
  (local.set $record (global.get $batch))
  (block $touched
    (loop $each
      (br_if $touched (i32.ge_u (local.get $record) (local.get $stop)))
      (local.set $seen (i64.add (local.get $seen) (i64.load offset={TABLE} (call $home (local.get $record)))))
      (local.set $record (i32.add (local.get $record) (i32.const {RECORD})))
      (br $each)))
  (global.set $sink (local.get $seen))
  (local.set $record (global.get $batch))
  (block $done
    (loop $each
      (br_if $done (i32.ge_u (local.get $record) (local.get $stop)))
      (local.set $tag (i64.shr_u (call $tag (local.get $record)) (i64.const 32)))
      (local.set $slot (call $home (local.get $record)))
      (block $found
        (loop $probe
          (local.set $seen (i64.load offset={TABLE} (local.get $slot)))
          (br_if $found (i64.eqz (local.get $seen)))
          (br_if $found (i64.eq (i64.shr_u (local.get $seen) (i64.const 32)) (local.get $tag)))
          (local.set $slot
            (i32.and (i32.add (local.get $slot) (i32.const 8)) (i32.shl (global.get $last) (i32.const 3))))
          (br $probe)))
      (i32.store offset={HASH} (local.get $record) (i32.sub (i32.wrap_i64 (local.get $seen)) (i32.const 1)))
      (local.set $record (i32.add (local.get $record) (i32.const {RECORD})))
      (br $each))))

;; Puts the number of each record's state, or -1, into the low half of its hash.
(func $find_batch (param $stop i32)
  (local $record i32) (local $slot i32) (local $tag i64) (local $seen i64)
  (local.set $record (global.get $batch))
  (block $done
    (loop $each
      (br_if $done (i32.ge_u (local.get $record) (local.get $stop)))
      (local.set $tag (call $tag (local.get $record)))
      (local.set $slot (call $home (local.get $record)))
      (block $found
        (loop $probe
          (local.set $seen (i64.load offset={TABLE} (local.get $slot)))
          (br_if $found (i64.eqz (local.get $seen)))
          (br_if $found
            (call $holds
              (local.get $seen)
              (local.get $tag)
              (i64.load (local.get $record))
              (local.get $record)))
          (local.set $slot
            (i32.and (i32.add (local.get $slot) (i32.const 8)) (i32.shl (global.get $last) (i32.const 3))))
          (br $probe)))
      (i32.store offset={HASH} (local.get $record) (i32.sub (i32.wrap_i64 (local.get $seen)) (i32.const 1)))
      (local.set $record (i32.add (local.get $record) (i32.const {RECORD})))
      (br $each))))

;; Sets $hit if a record's state is in the table, which holds the marked states only.
(func $find_marks (param $stop i32)
  (local $record i32)
  (local.set $record (global.get $batch))
  (block $done
    (loop $each
      (br_if $done (i32.ge_u (local.get $record) (local.get $stop)))
      (if (i32.ne (i32.load offset={HASH} (local.get $record)) (i32.const -1))
        (then (global.set $hit (i32.const 1))))
      (local.set $record (i32.add (local.get $record) (i32.const {RECORD})))
      (br $each))))

;; Whether a state is marked. Marks are bytes at MARKS.
(func $marked (param $state i32) (result i32)
  (i32.load8_u (i32.add (i32.load offset={MARKS} (i32.const 0)) (local.get $state))))

;; Marks the states of a range that fulfil a condition of the liveness properties, by its number, and no others.
(func (export "mark_condition") (param $lane i32) (param $state i32) (param $to i32) (param $number i32)
  (call $enter (local.get $lane))
  (block $done
    (loop $each
      (br_if $done (i32.ge_u (local.get $state) (local.get $to)))
      (i32.store8
        (i32.add (i32.load offset={MARKS} (i32.const 0)) (local.get $state))
        (call $condition (call $at (local.get $state)) (local.get $number)))
      (local.set $state (i32.add (local.get $state) (i32.const 1)))
      (br $each))))

;; Enters the marked states of a range into the table.
(func (export "enter_marked") (param $lane i32) (param $state i32) (param $to i32)
  (local $record i32)
  (call $enter (local.get $lane))
  (local.set $record (global.get $batch))
  (block $done
    (loop $each
      (br_if $done (i32.ge_u (local.get $state) (local.get $to)))
      (if (call $marked (local.get $state))
        (then
          (call $load_record (local.get $record) (local.get $state))
          (local.set $record (i32.add (local.get $record) (i32.const {RECORD})))
          (if (i32.ge_u (local.get $record) (global.get $full))
            (then
              (call $hash_batch (local.get $record))
              (drop (call $place_batch (local.get $record)))
              (local.set $record (global.get $batch))))))
      (local.set $state (i32.add (local.get $state) (i32.const 1)))
      (br $each)))
  (call $hash_batch (local.get $record))
  (drop (call $place_batch (local.get $record))))

;; Marks the states of a range that have a marked successor.
(func (export "mark") (param $lane i32) (param $state i32) (param $to i32)
  (call $enter (local.get $lane))
  (global.set $mode (i32.const 1))
  (block $done
    (loop $each
      (br_if $done (i32.ge_u (local.get $state) (local.get $to)))
      (global.set $hit (i32.const 0))
      (drop (call $flush (call $expand (call $at (local.get $state)) (global.get $batch))))
      (if (global.get $hit)
        (then (i32.store8 (i32.add (i32.load offset={MARKS} (i32.const 0)) (local.get $state)) (i32.const 1))))
      (local.set $state (i32.add (local.get $state) (i32.const 1)))
      (br $each))))

;; Leaves one page of a state's successors in the batch, up to PAGE_END, with the numbers of those that are
;; in the table; 0: no such page.
(func (export "successors") (param $lane i32) (param $state i32) (param $page i32) (result i32)
  (global.set $stored (i32.const 0))
  (call $show_page (local.get $lane) (local.get $state) (local.get $page) (i32.const 2)))

;; As `successors`, where the table holds every state.
(func (export "stored_successors") (param $lane i32) (param $state i32) (param $page i32) (result i32)
  (global.set $stored (i32.eqz (i32.load offset={TWINS} (i32.const 0))))
  (call $show_page (local.get $lane) (local.get $state) (local.get $page) (i32.const 2)))

;; As `successors`, without numbers: the table may be anything.
(func (export "look") (param $lane i32) (param $state i32) (param $page i32) (result i32)
  (call $show_page (local.get $lane) (local.get $state) (local.get $page) (i32.const 4)))

(func $show_page (param $lane i32) (param $state i32) (param $page i32) (param $mode i32) (result i32)
  (local $record i32)
  (call $enter (local.get $lane))
  (global.set $mode (local.get $mode))
  (global.set $page (local.get $page))
  (local.set $record (call $expand (call $at (local.get $state)) (global.get $batch)))
  (if (i32.eqz (local.get $record)) (then (return (i32.const 1))))
  (call $flush (local.get $record)))

;; The first state of a range of which $what is reported, with its events; $to if there is none.
(func (export "find") (param $lane i32) (param $state i32) (param $to i32) (param $what i32) (result i32)
  (call $enter (local.get $lane))
  (global.set $mode (i32.const 3))
  (i32.store offset={FLAGS}
    (i32.add (local.get $lane) (i32.shl (local.get $what) (i32.const 2)))
    (i32.const 0))
  (block $done
    (loop $each
      (br_if $done (i32.ge_u (local.get $state) (local.get $to)))
      (i32.store offset={EVENT_COUNT} (local.get $lane) (i32.const 0))
      (drop (call $expand (call $at (local.get $state)) (global.get $batch)))
      (br_if $done
        (i32.load offset={FLAGS} (i32.add (local.get $lane) (i32.shl (local.get $what) (i32.const 2)))))
      (local.set $state (i32.add (local.get $state) (i32.const 1)))
      (br $each)))
  (local.get $state))

;; --- Random walks ----------------------------------------------------------------------------------------

;; The next number of the lane (xorshift; not 0).
(func $random (result i64)
  (local $x i64)
  (local.set $x (i64.load offset={RANDOM} (global.get $lane)))
  (local.set $x (i64.xor (local.get $x) (i64.shl (local.get $x) (i64.const 13))))
  (local.set $x (i64.xor (local.get $x) (i64.shr_u (local.get $x) (i64.const 7))))
  (local.set $x (i64.xor (local.get $x) (i64.shl (local.get $x) (i64.const 17))))
  (i64.store offset={RANDOM} (global.get $lane) (local.get $x))
  (local.get $x))

;; The priority of an action, 0 to 255: that of its group.
(func $priority (param $action i32) (result i32)
  (i32.load8_u
    (i32.add
      (global.get $priorities)
      (i32.load (i32.add (global.get $groups) (i32.shl (local.get $action) (i32.const 2)))))))

;; Draws one of the records up to $stop with the highest priority of all that were seen, or keeps what was drawn from
;; those before them, so that each is as likely.
(func $draw (param $stop i32)
  (local $record i32) (local $action i32) (local $priority i32)
  (local.set $record (global.get $batch))
  (block $done
    (loop $each
      (br_if $done (i32.ge_u (local.get $record) (local.get $stop)))
      (local.set $action (i32.load offset={ACTION} (local.get $record)))
      (local.set $priority (call $priority (local.get $action)))
      (if (i32.gt_s (local.get $priority) (global.get $highest))
        (then
          (global.set $highest (local.get $priority))
          (global.set $seen (i32.const 0))))
      (if (i32.eq (local.get $priority) (global.get $highest))
        (then
          (global.set $seen (i32.add (global.get $seen) (i32.const 1)))
          (if (i32.eqz (call $below (global.get $seen)))
            (then
              (global.set $drawn (local.get $action))
              {each word}
              (i64.store offset={8j} (global.get $draw_to) (i64.load offset={8j} (local.get $record)))
              {end}
              ))))
      (local.set $record (i32.add (local.get $record) (i32.const {RECORD})))
      (br $each))))

;; A random number from 0 to $end - 1.
(func $below (param $end i32) (result i32)
  (i32.wrap_i64
    (i64.rem_u (i64.shr_u (call $random) (i64.const 11)) (i64.extend_i32_u (local.get $end)))))

;; Gives a group that is drawn another priority, once in $change steps; never if that is 0. Every other time it is one of
;; the first groups, which are threads.
(func $change_priority (param $count i32) (param $threads i32) (param $change i32)
  (if (i32.eqz (local.get $change)) (then (return)))
  (if (call $below (local.get $change)) (then (return)))
  (if (i32.and (i32.ne (local.get $threads) (i32.const 0)) (call $below (i32.const 2)))
    (then (local.set $count (local.get $threads))))
  (i32.store8
    (i32.add (global.get $priorities) (call $below (local.get $count)))
    (call $below (i32.const 256))))

;; Walks from a state, which is overwritten by the one that the walk has come to, the next number by one that is
;; drawn. The actions are written to $log. $groups has for each action the number of its group, $priorities a byte for
;; each of the $count groups, of which the first are threads. Gives how many steps there are: less than $steps if the last state has no successor, or
;; if something was reported of it that the lane had not reported.
(func (export "walk")
  (param $lane i32) (param $state i32) (param $log i32) (param $steps i32)
  (param $groups i32) (param $priorities i32) (param $count i32) (param $threads i32) (param $change i32)
  (result i32)
  (local $at i32) (local $step i32)
  (call $enter (local.get $lane))
  (global.set $mode (i32.const 5))
  (global.set $groups (local.get $groups))
  (global.set $priorities (local.get $priorities))
  (local.set $at (call $at (local.get $state)))
  (global.set $draw_to (call $at (i32.add (local.get $state) (i32.const 1))))
  (block $done
    (loop $each
      (br_if $done (i32.ge_u (local.get $step) (local.get $steps)))
      (global.set $fresh (i32.const 0))
      (global.set $seen (i32.const 0))
      (global.set $highest (i32.const -1))
      (call $change_priority (local.get $count) (local.get $threads) (local.get $change))
      (call $draw (call $expand (local.get $at) (global.get $batch)))
      (br_if $done (i32.or (global.get $fresh) (i32.eqz (global.get $seen))))
      (i32.store
        (i32.add (local.get $log) (i32.shl (local.get $step) (i32.const 2)))
        (global.get $drawn))
      {each word}
      (i64.store offset={8j} (local.get $at) (i64.load offset={8j} (global.get $draw_to)))
      {end}
      (local.set $step (i32.add (local.get $step) (i32.const 1)))
      (br $each)))
  (local.get $step))
