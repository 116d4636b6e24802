#include "supervisor/claim.h"

void claim_init(struct claim *claim, int64_t election_ms)
{
	*claim = (struct claim){.limit_ms = election_ms * 13 / 10, .proven_ms = INT64_MIN};
}

void claim_prove(struct claim *claim, int64_t at_ms)
{
	if (at_ms > claim->proven_ms)
		claim->proven_ms = at_ms;
}

int64_t claim_left_ms(const struct claim *claim, int64_t now_ms)
{
	if (claim->proven_ms <= now_ms - claim->limit_ms)
		return 0;
	return claim->proven_ms + claim->limit_ms - now_ms;
}
