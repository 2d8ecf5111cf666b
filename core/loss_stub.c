#include "loss.h"
const triplet_pair_loss triplet_loss_contrastive, triplet_loss_info_nce, triplet_loss_sup_con, triplet_loss_multi_similarity;
