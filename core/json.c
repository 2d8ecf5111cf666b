/* json.c - reading and writing the JSON of a model's header. */
#include "json.h"

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static void pass_space(triplet_json *json) {
  while (json->at < json->end && (*json->at == ' ' || *json->at == '\t' || *json->at == '\n' || *json->at == '\r'))
    json->at++;
}

bool triplet_json_take(triplet_json *json, char mark) {
  pass_space(json);
  if (json->at == json->end || *json->at != mark)
    return false;
  json->at++;
  return true;
}

/* Four hexadecimal digits. */
static bool read_unit(triplet_json *json, uint32_t *unit) {
  if (json->end - json->at < 4)
    return false;
  *unit = 0;
  for (int i = 0; i < 4; i++) {
    const char c = *json->at++;
    if (c >= '0' && c <= '9')
      *unit = *unit << 4 | (uint32_t)(c - '0');
    else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
      *unit = *unit << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
    else
      return false;
  }
  return true;
}

/* What follows \u, with the second half of a surrogate pair; one half alone is left to the check of UTF-8. */
static bool read_code(triplet_json *json, uint32_t *code) {
  if (!read_unit(json, code))
    return false;
  if (*code >= 0xd800 && *code < 0xdc00 && json->end - json->at >= 2 && json->at[0] == '\\' && json->at[1] == 'u') {
    uint32_t low;
    json->at += 2;
    if (!read_unit(json, &low) || low < 0xdc00 || low > 0xdfff)
      return false;
    *code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
  }
  return *code != 0;
}

static char *put_code(char *out, uint32_t code) {
  if (code < 0x80) {
    *out++ = (char)code;
    return out;
  }
  const int following = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
  *out++ = (char)(lead[following] | code >> (6 * following));
  for (int i = following; i-- > 0;)
    *out++ = (char)(0x80 | (code >> (6 * i) & 0x3f));
  return out;
}

/* Moves past an escape and writes what it stands for, which is never longer. */
static bool read_escape(triplet_json *json, char **out) {
  static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
  if (json->at == json->end)
    return false;
  const char name = *json->at++;
  if (name == 'u') {
    uint32_t code;
    if (!read_code(json, &code))
      return false;
    *out = put_code(*out, code);
    return true;
  }
  for (size_t i = 0; names[i]; i++)
    if (name == names[i]) {
      *(*out)++ = values[i];
      return true;
    }
  return false;
}

bool triplet_json_ends(triplet_json *json) {
  pass_space(json);
  return json->at == json->end;
}

char *triplet_json_string(triplet_json *json) {
  if (!triplet_json_take(json, '"'))
    return NULL;
  char *const text = json->at, *out = text;
  while (json->at < json->end && (unsigned char)*json->at >= 0x20) {
    const char c = *json->at++;
    if (c == '"') {
      *out = 0;
      return triplet_is_utf8(text) ? text : NULL;
    }
    if (c != '\\')
      *out++ = c;
    else if (!read_escape(json, &out))
      return NULL;
  }
  return NULL;
}

bool triplet_json_size(triplet_json *json, size_t *value) {
  pass_space(json);
  const char *const first = json->at;
  *value = 0;
  for (; json->at < json->end && *json->at >= '0' && *json->at <= '9'; json->at++) {
    const size_t digit = (size_t)(*json->at - '0');
    if (*value > (SIZE_MAX - digit) / 10)
      return false;
    *value = *value * 10 + digit;
  }
  const ptrdiff_t digits = json->at - first;
  return digits == 1 || (digits > 1 && *first != '0');
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

void triplet_write_byte(triplet_writer *writer, uint8_t byte) {
  if (writer->bytes)
    writer->bytes[writer->size] = byte;
  writer->size++;
}

void triplet_write_text(triplet_writer *writer, const char *text) {
  for (; *text; text++)
    triplet_write_byte(writer, (uint8_t)*text);
}

static void write_escaped_byte(triplet_writer *writer, unsigned char c, int depth) {
  static const char digits[] = "0123456789abcdef";
  char escape[] = {'\\', (char)c, 0, 0, 0, 0, 0};
  if (depth == 0) {
    triplet_write_byte(writer, c);
    return;
  }
  if (c < 0x20)
    memcpy(escape + 1, (const char[]){'u', '0', '0', digits[c >> 4], digits[c & 15]}, 5);
  for (const char *at = escape + (c >= 0x20 && c != '"' && c != '\\'); *at; at++)
    write_escaped_byte(writer, (unsigned char)*at, depth - 1);
}

void triplet_write_escaped(triplet_writer *writer, const char *text, int depth) {
  for (; *text; text++)
    write_escaped_byte(writer, (unsigned char)*text, depth);
}

void triplet_write_size(triplet_writer *writer, size_t value) {
  if (value >= 10)
    triplet_write_size(writer, value / 10);
  triplet_write_byte(writer, (uint8_t)('0' + value % 10));
}

/* ---- UTF-8 ------------------------------------------------------------------------------------------------------- */

/* The bytes of the character that begins there, 0 where none does (RFC 3629). */
static size_t character_size(const unsigned char *at, size_t left) {
  static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
  const unsigned char first = *at;
  if (first < 0x80)
    return 1;
  if (first < 0xc0 || first > 0xf4)
    return 0;
  const size_t following = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
  if (following >= left)
    return 0;
  uint32_t code = first & (0x3fu >> following);
  for (size_t i = 1; i <= following; i++) {
    if ((at[i] & 0xc0) != 0x80)
      return 0;
    code = code << 6 | (at[i] & 0x3fu);
  }
  return code < smallest[following] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? 0 : following + 1;
}

size_t triplet_utf8_length(const char *text, size_t size) {
  const unsigned char *bytes = (const unsigned char *)text;
  size_t at = 0;
  while (at < size) {
    uint64_t eight;
    if (size - at >= sizeof eight) { /* most text is ASCII */
      memcpy(&eight, bytes + at, sizeof eight);
      if (!(eight & 0x8080808080808080u)) {
        at += sizeof eight;
        continue;
      }
    }
    const size_t character = character_size(bytes + at, size - at);
    if (!character)
      break;
    at += character;
  }
  return at;
}

bool triplet_is_utf8(const char *text) {
  const size_t size = strlen(text);
  return triplet_utf8_length(text, size) == size;
}
