/* dictionary.c - a hash table of texts. */
#include "dictionary.h"

/* As `old` with room for more; NULL when memory is short, and old stays. */
static void *grown(triplet_context *owner, void *old, size_t used, size_t count, size_t size) {
  void *made = triplet_allocate(owner, count, size);
  if (made && used)
    memcpy(made, old, used * size);
  if (made)
    triplet_release(owner, old);
  return made;
}

size_t triplet_strings_add(triplet_strings *strings, const char *text, size_t length) {
  if (strings->room - strings->size <= length) {
    const size_t room = 2 * strings->room + length + 64;
    char *bytes = grown(strings->owner, strings->bytes, strings->size, room, 1);
    if (!bytes)
      return TRIPLET_NO_STRING;
    strings->bytes = bytes;
    strings->room = room;
  }
  const size_t place = strings->size;
  memcpy(strings->bytes + place, text, length);
  strings->bytes[place + length] = 0;
  strings->size += length + 1;
  return place;
}

void triplet_strings_release(triplet_strings *strings) {
  triplet_release(strings->owner, strings->bytes);
  strings->bytes = NULL;
}

triplet_dictionary triplet_dictionary_of(triplet_context *owner) {
  return (triplet_dictionary){.strings = {.owner = owner}};
}

void triplet_dictionary_release(triplet_dictionary *dictionary) {
  triplet_release(dictionary->strings.owner, dictionary->slots);
  triplet_release(dictionary->strings.owner, dictionary->places);
  triplet_strings_release(&dictionary->strings);
  *dictionary = triplet_dictionary_of(dictionary->strings.owner);
}

const char *triplet_dictionary_text(const triplet_dictionary *dictionary, size_t code) {
  return dictionary->strings.bytes + dictionary->places[code];
}

static uint64_t mixed(uint64_t hash) {
  hash *= 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 32;
}

/* Eight bytes at a time, the last few by themselves. */
static uint64_t hash_of(const char *text, size_t length) {
  uint64_t hash = length, part;
  for (; length >= sizeof part; length -= sizeof part, text += sizeof part) {
    memcpy(&part, text, sizeof part);
    hash = mixed(hash ^ part);
  }
  part = 0;
  for (size_t i = 0; i < length; i++)
    part = part << 8 | (unsigned char)text[i];
  return mixed(hash ^ part);
}

static size_t length_of(const triplet_dictionary *dictionary, size_t code) {
  const size_t end = code + 1 < dictionary->count ? dictionary->places[code + 1] : dictionary->strings.size;
  return end - dictionary->places[code] - 1;
}

static uint32_t number_in(uint64_t slot) {
  return (uint32_t)slot;
}

static uint64_t slot_for(uint64_t hash, size_t number) {
  return (hash >> 32) << 32 | (uint32_t)number;
}

static bool has_text(const triplet_dictionary *dictionary, size_t code, const char *text, size_t length) {
  if (length_of(dictionary, code) != length)
    return false;
  const char *found = triplet_dictionary_text(dictionary, code);
  size_t same = 0; /* most are short: a call would cost more */
  while (same < length && found[same] == text[same])
    same++;
  return same == length;
}

/* The slot of a text, or the free one where it belongs. */
static uint64_t *slot_of(const triplet_dictionary *dictionary, const char *text, size_t length, uint64_t hash) {
  const size_t mask = dictionary->slot_count - 1;
  size_t at = (size_t)hash & mask;
  for (uint64_t slot; (slot = dictionary->slots[at]) != 0; at = (at + 1) & mask)
    if (slot >> 32 == hash >> 32 && has_text(dictionary, number_in(slot) - 1, text, length))
      break;
  return &dictionary->slots[at];
}

/* A free slot, for a text that is not there. */
static uint64_t *free_slot_of(const triplet_dictionary *dictionary, uint64_t hash) {
  const size_t mask = dictionary->slot_count - 1;
  size_t at = (size_t)hash & mask;
  while (dictionary->slots[at])
    at = (at + 1) & mask;
  return &dictionary->slots[at];
}

/* Room for a text more. */
static bool make_room(triplet_dictionary *dictionary) {
  if (2 * dictionary->count < dictionary->slot_count)
    return true;
  triplet_context *owner = dictionary->strings.owner;
  const size_t slot_count = dictionary->slot_count ? 2 * dictionary->slot_count : 16;
  size_t *places = grown(owner, dictionary->places, dictionary->count, slot_count / 2, sizeof *places);
  if (places)
    dictionary->places = places;
  uint64_t *slots = places ? triplet_allocate(owner, slot_count, sizeof *slots) : NULL;
  if (!slots)
    return false;
  memset(slots, 0, slot_count * sizeof *slots);
  triplet_release(owner, dictionary->slots);
  dictionary->slots = slots;
  dictionary->slot_count = slot_count;
  for (size_t code = 0; code < dictionary->count; code++) {
    const uint64_t hash = hash_of(triplet_dictionary_text(dictionary, code), length_of(dictionary, code));
    *free_slot_of(dictionary, hash) = slot_for(hash, code + 1);
  }
  return true;
}

int32_t triplet_dictionary_find(const triplet_dictionary *dictionary, const char *text, size_t length) {
  if (!dictionary->slot_count)
    return TRIPLET_NO_CODE;
  return (int32_t)number_in(*slot_of(dictionary, text, length, hash_of(text, length))) - 1;
}

int32_t triplet_dictionary_code(triplet_dictionary *dictionary, const char *text, size_t length) {
  if (!make_room(dictionary))
    return TRIPLET_NO_CODE;
  const uint64_t hash = hash_of(text, length);
  uint64_t *slot = slot_of(dictionary, text, length, hash);
  if (!*slot) {
    const size_t place = triplet_strings_add(&dictionary->strings, text, length);
    if (place == TRIPLET_NO_STRING)
      return TRIPLET_NO_CODE;
    dictionary->places[dictionary->count++] = place;
    *slot = slot_for(hash, dictionary->count);
  }
  return (int32_t)number_in(*slot) - 1;
}
