// Packs a module of WebAssembly into text, for a script to carry, and unpacks it: a quarter smaller than gzip makes it.
// The text is ASCII, which no server or bundler spoils, and of 64 characters, so that gzip, which finds nothing in it,
// still makes 6 bits of each.
//
// Both ways take the same walk through the module and code it bit by bit. Contexts, such as the last opcodes, tell how
// likely a bit is, and a mixer, which learns from its errors, weighs what they tell: Mahoney, "Adaptive weighing of
// context models for lossless data compression", 2005. All of it is in integers.
#include <stdbool.h>
#include <stdint.h>

enum { MAX_SIZE = 1 << 19 };
uint8_t module[MAX_SIZE];
char text[MAX_SIZE];

static bool packing;
static uint32_t size, at; // of the module
static uint32_t digits;   // of the text

// ---- text -----------------------------------------------------------------------------------------------------------

// Six bits are a character from '#' on, without the backslash.
static void put_digit(uint32_t digit) {
  text[digits++] = '#' + digit + (digit >= '\\' - '#');
}

static uint32_t get_digit(void) {
  uint32_t character = text[digits++];
  return character - '#' - (character > '\\');
}

// ---- arithmetic coding ----------------------------------------------------------------------------------------------

enum { CODE_DIGITS = 5, CODE_MASK = (1 << 6 * CODE_DIGITS) - 1, FIRST = 6 * (CODE_DIGITS - 1), CERTAIN = 1 << 12 };
static uint32_t low, high = CODE_MASK; // what the next digits can be
static uint32_t code;                  // what they are, when unpacking

// One bit, which unpacking finds out. likely: how likely a 1 is, in 1 .. CERTAIN - 1.
static bool code_bit(bool bit, uint32_t likely) {
  uint32_t middle = low + (high - low) / CERTAIN * likely;
  if (!packing) {
    bit = code <= middle;
  }
  if (bit) {
    high = middle;
  } else {
    low = middle + 1;
  }
  while (low >> FIRST == high >> FIRST) {
    if (packing) {
      put_digit(high >> FIRST);
    } else {
      code = (code << 6 | get_digit()) & CODE_MASK;
    }
    low = low << 6 & CODE_MASK;
    high = (high << 6 | 63) & CODE_MASK;
  }
  return bit;
}

// ---- prediction -----------------------------------------------------------------------------------------------------

enum { CONTEXTS = 7 };

// What a context tells of a bit is a state: a level, -128 .. 127, which is the log odds of 1 in steps of 1/16, and, in
// the lowest bits, how many bits it was learnt from, up to 7, with which it goes on learning.
enum { COUNT_BITS = 3, COUNTS = 1 << COUNT_BITS, STATES = 256 * COUNTS, GROUP = 16, GROUPS_LOG2 = 18 };
static int16_t learnt[2][STATES]; // from a bit and a state, as an index, the next one
typedef union group {
  int16_t slots[GROUP]; // the first tells whose group it is
  uint64_t words[GROUP / 4];
} group;
static group groups[1 << GROUPS_LOG2];
static int16_t *states[CONTEXTS]; // the groups of the bits at hand

// What contexts weigh depends on what the bits are part of, on how many of the LONGEST contexts, which come first, have
// been met before, and on which bit of the number it is.
enum { SETS = 256, LONGEST = 3, NODES = 2 * 9 };
typedef int32_t mix[CONTEXTS]; // in 1/65536
static mix weights[SETS * (LONGEST + 1) * NODES];
static uint16_t logistic[4096]; // in 1/65536, of log odds from -8 on in steps of 1/256

static void prepare(void) {
  uint32_t power = 3028 << 20; // from e^8 down to e^-8
  for (int i = 0; i < 4096; i++) {
    logistic[i] = ((uint64_t)1 << 36) / ((1 << 20) + power);
    power -= power >> 8;
  }
  for (int count = 0; count < COUNTS; count++) {
    for (int bit = 0; bit < 2; bit++) {
      int nearest = -128;
      for (int level = -128; level < 128; level++) {
        int probability = logistic[2048 + 16 * level];
        probability += ((bit << 16) - probability) * 4 / (4 * count + 5);
        while (nearest < 127 && logistic[2048 + 16 * nearest + 8] < probability) {
          nearest++;
        }
        int state = level * COUNTS + count;
        learnt[bit][state & (STATES - 1)] = nearest * COUNTS + count + (count < COUNTS - 1);
      }
    }
  }
  for (uint32_t i = 0; i < sizeof weights / sizeof(int32_t); i++) {
    weights[i / CONTEXTS][i % CONTEXTS] = (1 << 16) / 5;
  }
}

// One bit, of which the states in a slot of the groups tell. Unrolled, as this is what takes the time.
static bool code_mixed(bool bit, uint32_t slot, mix weight) {
  int32_t odds = 2048 << 12;
#pragma clang loop unroll(full)
  for (int i = 0; i < CONTEXTS; i++) {
    odds += weight[i] * (states[i][slot] >> COUNT_BITS);
  }
  odds >>= 12;
  int32_t likely = logistic[odds < 0 ? 0 : odds > 4095 ? 4095 : odds] >> 4;
  bit = code_bit(bit, likely);
  int32_t error = bit * CERTAIN - likely;
#pragma clang loop unroll(full)
  for (int i = 0; i < CONTEXTS; i++) {
    int16_t *state = &states[i][slot];
    weight[i] += error * (*state >> COUNT_BITS) >> 7;
    *state = learnt[bit][*state & (STATES - 1)];
  }
  return bit;
}

// ---- bytes ----------------------------------------------------------------------------------------------------------

static uint64_t last_bytes;   // eight, the last one lowest
static uint64_t last_opcodes; // likewise; outside of functions, bytes
static uint8_t opcodes[256];  // the commonest first
static uint8_t last_at[4096]; // of each place, the byte that stood there last
static uint32_t functions;    // so far

static void order_opcodes(void) {
  static const uint8_t common[] = {0x20, 0x41, 0x6a, 0x21, 0x0b, 0x28, 0x22, 0xfd,
                                   0x10, 0x04, 0x36, 0x0c, 0x74, 0x01, 0x45, 0x6b};
  for (int i = 0; i < 256; i++) {
    opcodes[i] = i;
  }
  for (uint32_t i = 0; i < sizeof common; i++) {
    uint32_t from = i;
    while (opcodes[from] != common[i]) {
      from++;
    }
    for (; from > i; from--) {
      opcodes[from] = opcodes[from - 1];
    }
    opcodes[i] = common[i];
  }
}

// part: what the bits at hand are part of. Gives how many of the longest contexts have been met before.
static uint32_t find_groups(const uint32_t contexts[CONTEXTS], uint32_t part) {
  uint32_t known = 0;
  for (uint32_t i = 0; i < CONTEXTS; i++) {
    uint32_t hash = ((contexts[i] * 0x2c1b3c6d + part) * 0x297a2d39 + i) * 0x9e3779b1;
    hash = (hash ^ hash >> 15) * 0x2c1b3c6d;
    // Where neither of two is its own, the one that has learnt less is cleared.
    int16_t owner = hash & 0x7fff;
    uint32_t first = hash >> (32 - GROUPS_LOG2);
    group *own = &groups[first], *other = &groups[first ^ 1];
    int learnt_less = (other->slots[1] & (COUNTS - 1)) < (own->slots[1] & (COUNTS - 1));
    if (own->slots[0] != owner && (other->slots[0] == owner || learnt_less)) {
      own = other;
    }
    if (own->slots[0] == owner) {
      known += i < LONGEST;
    } else {
      for (int j = 0; j < GROUP / 4; j++) {
        own->words[j] = 0;
      }
      own->slots[0] = owner;
    }
    states[i] = own->slots;
  }
  return known;
}

// Where a byte stands: each opcode has 4 places for its immediates, four opcodes share their weights.
enum { OPCODE = 0, IMMEDIATES = 32, MODULE = 4000, SECTIONS = 4032 };

// A number 1 .. 256 in Elias's gamma code: how many bits it has after its first, 1, and those bits. Of the first group,
// slots 1 .. 9 are for how many, and the others for one or two bits; further bits have groups for each four.
static uint32_t code_gamma(uint32_t number, uint32_t place) {
  mix *set = &weights[place / 16 * (LONGEST + 1) * NODES];
  uint64_t before = place == OPCODE ? last_opcodes : last_bytes;
  const uint32_t contexts[CONTEXTS] = {
      before * 0x2c1b3c6d + (before >> 32 & 0xffffff),
      last_opcodes,
      (last_bytes & 0xffffff) * 0x2c1b3c6d + (last_opcodes & 0xffff),
      last_bytes & 0xffff,
      last_opcodes & 0xff,
      last_at[place] * 0x10001 + (last_opcodes & 0xff00),
      functions,
  };
  mix *weight = set + find_groups(contexts, place) * NODES;
  uint32_t bits = 0;
  while (bits < 8 && code_mixed(number >> bits > 1, bits + 1, weight[bits])) {
    bits++;
  }
  uint32_t found = 1, inner = 1, spare = bits < 3 ? 8 + bits : 0;
  for (uint32_t i = 0; i < bits; i++) {
    if (bits > 2 && i % 4 == 0) {
      weight = set + find_groups(contexts, place + (bits << 12) + (found << 16)) * NODES;
      inner = 1;
    }
    bool bit = code_mixed(number >> (bits - 1 - i) & 1, spare + inner, weight[bits + 9]);
    found = 2 * found + bit;
    inner = 2 * inner + bit;
  }
  return found;
}

static uint32_t code_byte(uint32_t place) {
  uint32_t byte = module[at];
  if (place == OPCODE) {
    uint32_t rank = 0;
    while (packing && opcodes[rank] != byte) {
      rank++;
    }
    byte = opcodes[code_gamma(rank + 1, place) - 1];
  } else {
    byte = code_gamma(byte + 1, place) - 1;
  }
  last_bytes = last_bytes << 8 | byte;
  last_at[place] = byte;
  return module[at++] = byte;
}

static void code_bytes(uint32_t count, uint32_t place) {
  while (count-- > 0) {
    code_byte(place);
  }
}

// A number in LEB128, whose further bytes have a place of their own.
static uint32_t code_number(uint32_t place) {
  uint32_t number = 0, byte = 0x80;
  for (uint32_t shift = 0; byte & 0x80; shift += 7) {
    byte = code_byte(place);
    number |= (byte & 0x7f) << shift;
    place |= 2;
  }
  return number;
}

static void code_numbers(uint32_t count, uint32_t place) {
  while (count-- > 0) {
    code_number(place);
  }
}

// A size, and where what has that size ends.
static uint32_t code_end(uint32_t place) {
  uint32_t length = code_number(place);
  return at + length;
}

// ---- the walk -------------------------------------------------------------------------------------------------------

enum { BR_TABLE = 0x0e, PREFIX = 0xfc, CODE_SECTION = 10 };

// What follows an opcode, as far as C is made into it; nothing follows others. 0x100 stands for the prefix 0xfc, 0x200
// for 0xfd.
static const struct {
  uint16_t first, last;
  uint8_t numbers, bytes;
} immediates[] = {
    {0x02, 0x04, 1, 0},    // block, loop, if
    {0x0c, 0x0d, 1, 0},    // br, br_if
    {0x10, 0x10, 1, 0},    // call
    {0x11, 0x11, 2, 0},    // call_indirect
    {0x20, 0x24, 1, 0},    // local and global variables
    {0x28, 0x3e, 2, 0},    // loads and stores
    {0x3f, 0x42, 1, 0},    // memory.size, memory.grow, i32.const, i64.const
    {0x43, 0x43, 0, 4},    // f32.const
    {0x44, 0x44, 0, 8},    // f64.const
    {0x10a, 0x10a, 2, 0},  // memory.copy
    {0x10b, 0x10b, 1, 0},  // memory.fill
    {0x200, 0x20b, 2, 0},  // loads and stores of vectors
    {0x20c, 0x20d, 0, 16}, // v128.const, i8x16.shuffle
    {0x215, 0x222, 1, 0},  // lanes
    {0x254, 0x25b, 3, 0},  // loads and stores of lanes
    {0x25c, 0x25d, 2, 0},  // v128.load32_zero, v128.load64_zero
};

static void code_instruction(void) {
  uint32_t opcode = code_byte(OPCODE);
  if (opcode >= PREFIX) {
    uint32_t place = IMMEDIATES + 4 * opcode;
    opcode = ((opcode - PREFIX + 1) << 8) + code_number(place);
  }
  last_opcodes = last_opcodes << 8 | (opcode & 0xff);
  uint32_t place = IMMEDIATES + 4 * opcode;
  if (opcode == BR_TABLE) {
    code_numbers(code_number(place) + 1, place + 1);
  }
  for (uint32_t i = 0; i < sizeof immediates / sizeof *immediates; i++) {
    if (immediates[i].first <= opcode && opcode <= immediates[i].last) {
      for (uint32_t j = 0; j < immediates[i].numbers; j++) {
        code_number(place + j);
      }
      code_bytes(immediates[i].bytes, place);
    }
  }
}

static void walk(void) {
  prepare();
  order_opcodes();
  code_bytes(8, MODULE);
  while (at < size) {
    uint32_t section = code_byte(MODULE), end = code_end(MODULE + 1);
    if (section == CODE_SECTION) {
      for (uint32_t end_of_all = code_number(MODULE + 4); functions < end_of_all; functions++) {
        uint32_t function_end = code_end(MODULE + 5);
        code_numbers(2 * code_number(MODULE + 8), MODULE + 9); // locals: how many, of what type
        while (at < function_end) {
          code_instruction();
        }
      }
    }
    while (at < end) {
      last_opcodes = last_bytes;
      code_byte(SECTIONS + section);
    }
  }
}

// module has `length` bytes. Gives the length of text.
uint32_t pack(uint32_t length) {
  packing = true;
  size = length;
  for (int shift = 18; shift >= 0; shift -= 6) {
    put_digit(size >> shift & 63);
  }
  walk();
  for (int shift = FIRST; shift >= 0; shift -= 6) {
    put_digit(high >> shift & 63);
  }
  return digits;
}

// Of what pack made. Gives the length of module.
uint32_t unpack(void) {
  for (int i = 0; i < 4; i++) {
    size = size << 6 | get_digit();
  }
  for (int i = 0; i < CODE_DIGITS; i++) {
    code = code << 6 | get_digit();
  }
  walk();
  return size;
}
