/* random.c - SplitMix64 (Steele, Lea and Flood 2014): a counter and a mixing function, so that a generator is one
 * number to save, and any of its draws can be had by key alone. */
#include "internal.h"

#define GAMMA 0x9e3779b97f4a7c15u /* 2^64 / the golden ratio, odd */
#define PI 3.141592653589793

static uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

uint64_t triplet_random_next(triplet_random *random) {
  return mix(random->state += GAMMA);
}

uint64_t triplet_random_keyed(int64_t seed, uint64_t a, uint64_t b) {
  return mix(mix(mix((uint64_t)seed + GAMMA) + a + GAMMA) + b + GAMMA);
}

triplet_random triplet_random_seed(int64_t seed, uint64_t stream) {
  return (triplet_random){triplet_random_keyed(seed, stream, 0)};
}

double triplet_random_uniform(triplet_random *random) {
  return (double)(triplet_random_next(random) >> 11) * 0x1p-53;
}

double triplet_random_normal(triplet_random *random) {
  const double radius = sqrt(-2 * triplet_log(1 - triplet_random_uniform(random)));
  return radius * triplet_cos(2 * PI * triplet_random_uniform(random));
}

uint64_t triplet_random_below(triplet_random *random, uint64_t limit) {
  /* The first 2^64 mod limit values would make small results likelier than large ones. */
  const uint64_t uneven = (0 - limit) % limit;
  uint64_t draw;
  do
    draw = triplet_random_next(random);
  while (draw < uneven);
  return draw % limit;
}
