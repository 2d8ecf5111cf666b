/* notes.c - texts, lists and lines, cut to what a reader can take. */
#include "notes.h"

/* ---- texts ------------------------------------------------------------------------------------------------------- */

void triplet_show_text(char shown[TRIPLET_SHOWN_TEXT], const char *text, size_t length) {
  const size_t most = TRIPLET_SHOWN_TEXT - 6; /* two quotes, three points, and the closing 0 */
  size_t taken = length;
  if (length > most)
    for (taken = most; taken && ((unsigned char)text[taken] & 0xc0) == 0x80;)
      taken--;
  char *out = shown;
  *out++ = '"';
  for (size_t i = 0; i < taken; i++)
    *out++ = text[i];
  for (size_t i = taken; i < length && i < taken + 3; i++)
    *out++ = '.';
  *out++ = '"';
  *out = 0;
  triplet_on_one_line(shown);
}

void triplet_on_one_line(char *text) {
  for (; *text; text++)
    if ((unsigned char)*text < ' ')
      *text = ' ';
}

void triplet_list_add(triplet_list *list, const char *text, const char *gap) {
  const size_t room = sizeof list->text - list->length;
  list->count++;
  if (list->told + 1 < list->count || list->told == TRIPLET_LISTED || strlen(text) + strlen(gap) >= room)
    return;
  list->told++;
  list->length += triplet_format(list->text + list->length, room, "%s%s", list->length ? gap : "", text);
}

void triplet_list_name(triplet_list *list, const char *name) {
  char shown[TRIPLET_MESSAGE_SIZE];
  triplet_format(shown, sizeof shown, "%n", name);
  triplet_list_add(list, shown, ", ");
}

void triplet_list_value(triplet_list *list, const char *value) {
  if (strchr(value, ','))
    list->count++;
  else
    triplet_list_add(list, value, ",");
}

const char *triplet_list_values(const triplet_list *list) {
  return list->told == list->count ? list->text : NULL;
}

size_t triplet_list_text(const triplet_list *list, char *text, size_t size) {
  if (list->told == list->count)
    return triplet_format(text, size, "%s", list->text);
  return triplet_format(text, size, "%s and %z more", list->text, list->count - list->told);
}

/* ---- what is wrong ----------------------------------------------------------------------------------------------- */

void triplet_faults_add(triplet_faults *faults, const char *format, ...) {
  enum { KEPT_FREE = 32 }; /* for "; and N more" */
  char line[TRIPLET_MESSAGE_SIZE - KEPT_FREE];
  va_list list;
  va_start(list, format);
  const size_t length = triplet_format_list(line, sizeof line, 0, format, list);
  va_end(list);
  triplet_on_one_line(line);
  const char *gap = faults->length ? "; " : "";
  faults->count++;
  if (faults->told + 1 < faults->count || faults->length + strlen(gap) + length + KEPT_FREE > sizeof faults->text)
    return;
  faults->told++;
  faults->length +=
      triplet_format(faults->text + faults->length, sizeof faults->text - faults->length, "%s%s", gap, line);
}

triplet_status triplet_faults_status(triplet_context *context, const triplet_faults *faults) {
  if (faults->count == 0)
    return TRIPLET_OK;
  if (faults->told == faults->count)
    return triplet_fail(context, TRIPLET_BAD_TABLE, "bytes", "%s", faults->text);
  return triplet_fail(context, TRIPLET_BAD_TABLE, "bytes", "%s; and %z more", faults->text,
                      faults->count - faults->told);
}

/* ---- what was decided on ----------------------------------------------------------------------------------------- */

static bool make_room(triplet_notes *notes) {
  if (notes->count < notes->room)
    return true;
  triplet_context *owner = notes->strings.owner;
  const size_t room = 2 * notes->room + 8;
  triplet_note_places *items = triplet_allocate(owner, room, sizeof *items);
  if (!items)
    return false;
  if (notes->count)
    memcpy(items, notes->items, notes->count * sizeof *items);
  triplet_release(owner, notes->items);
  notes->items = items;
  notes->room = room;
  return true;
}

/* Its place, or TRIPLET_NO_STRING where there is none. false when memory is short. */
static bool keep_text(triplet_notes *notes, const char *text, size_t *place) {
  *place = text ? triplet_strings_add(&notes->strings, text, strlen(text)) : TRIPLET_NO_STRING;
  return !text || *place != TRIPLET_NO_STRING;
}

bool triplet_notes_add(triplet_notes *notes, triplet_note note) {
  triplet_note_places places = {.option = note.option, .warning = note.warning};
  if (!make_room(notes) || !keep_text(notes, note.text, &places.text) ||
      !keep_text(notes, note.reason, &places.reason) || !keep_text(notes, note.value, &places.value))
    return false;
  triplet_on_one_line(notes->strings.bytes + places.text);
  if (note.reason)
    triplet_on_one_line(notes->strings.bytes + places.reason);
  notes->items[notes->count++] = places;
  return true;
}

static const char *text_at(const triplet_notes *notes, size_t place) {
  return place == TRIPLET_NO_STRING ? NULL : notes->strings.bytes + place;
}

triplet_note triplet_notes_at(const triplet_notes *notes, size_t index) {
  const triplet_note_places *places = &notes->items[index];
  return (triplet_note){.text = text_at(notes, places->text),
                        .reason = text_at(notes, places->reason),
                        .option = places->option,
                        .value = text_at(notes, places->value),
                        .warning = places->warning};
}

void triplet_notes_release(triplet_notes *notes) {
  triplet_release(notes->strings.owner, notes->items);
  triplet_strings_release(&notes->strings);
}
