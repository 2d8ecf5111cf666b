/* notes.h - what people read of a table: texts and lists that fit a line, what is wrong, what was decided on. */
#ifndef TRIPLET_NOTES_H
#define TRIPLET_NOTES_H

#include "dictionary.h"

#pragma GCC visibility push(hidden)

#define TRIPLET_MESSAGE_SIZE 600 /* room for a line */
#define TRIPLET_LISTED 12        /* texts that a list has, or lines of one kind that are told; more are counted */

/* ---- texts ------------------------------------------------------------------------------------------------------- */

#define TRIPLET_SHOWN_TEXT 48

/* A text of the table as messages show it: in quotes, cut where it is long, on one line. */
void triplet_show_text(char shown[TRIPLET_SHOWN_TEXT], const char *text, size_t length);
/* Control characters become blanks. */
void triplet_on_one_line(char *text);

/* Texts, of which only so many are told; begins with {0}. */
typedef struct triplet_list {
  char text[TRIPLET_MESSAGE_SIZE / 2];
  size_t length, count, told;
} triplet_list;

/* gap: before the text, unless it is the first. */
void triplet_list_add(triplet_list *list, const char *text, const char *gap);
/* Shown: on one line, and cut where it is long. */
void triplet_list_name(triplet_list *list, const char *name);
/* As an option takes it, between commas; counted alone where it has one. */
void triplet_list_value(triplet_list *list, const char *value);
/* The list as an option takes it; NULL where it has not all of them. */
const char *triplet_list_values(const triplet_list *list);
#define TRIPLET_LIST_SIZE (TRIPLET_MESSAGE_SIZE / 2 + 32)
/* "a, b and 3 more"; returns the length. */
size_t triplet_list_text(const triplet_list *list, char *text, size_t size);

/* ---- what is wrong with a table, in one message ------------------------------------------------------------------ */

/* Begins with {0}. */
typedef struct triplet_faults {
  char text[TRIPLET_MESSAGE_SIZE];
  size_t length, count, told;
} triplet_faults;

void triplet_faults_add(triplet_faults *faults, const char *format, ...);
/* TRIPLET_BAD_TABLE where there are any. */
triplet_status triplet_faults_status(triplet_context *context, const triplet_faults *faults);

/* ---- what was decided on ----------------------------------------------------------------------------------------- */

/* Places in the strings. */
typedef struct triplet_note_places {
  size_t text, reason, value;
  const char *option;
  bool warning;
} triplet_note_places;

typedef struct triplet_notes {
  triplet_strings strings;
  triplet_note_places *items;
  size_t count, room;
} triplet_notes;

/* What the note has of texts is copied, but for the option, which lives on. False when memory is short. */
bool triplet_notes_add(triplet_notes *notes, triplet_note note);
triplet_note triplet_notes_at(const triplet_notes *notes, size_t index);
void triplet_notes_release(triplet_notes *notes);

#pragma GCC visibility pop

#endif
