#include "supervisor/etcd/leader_claim.h"

#define LOST_TICKS 2
#define RATE_PART 50

static int64_t at_least_one(int64_t value)
{
	return value > 1 ? value : 1;
}

void leader_claim_init(struct leader_claim *claim, int64_t election_ms, int64_t tick_ms)
{
	int64_t timeout_ms;

	tick_ms = at_least_one(tick_ms);
	timeout_ms = election_ms / tick_ms * tick_ms;
	*claim = (struct leader_claim){
		.limit_ms = at_least_one(timeout_ms - LOST_TICKS * tick_ms -
					 (timeout_ms + RATE_PART - 1) / RATE_PART),
	};
}

bool leader_claim_prove(
	struct leader_claim *claim, uint64_t asked, uint64_t answered, int64_t sent_ms)
{
	if (!asked || asked != answered)
		return false;
	if (asked > claim->term || (asked == claim->term && sent_ms > claim->proven_ms)) {
		claim->term = asked;
		claim->proven_ms = sent_ms;
	}
	return true;
}

int64_t leader_claim_end_ms(const struct leader_claim *claim, uint64_t term)
{
	return term && claim->term == term ? claim->proven_ms + claim->limit_ms : 0;
}

int64_t leader_claim_left_ms(const struct leader_claim *claim, uint64_t term, int64_t now_ms)
{
	int64_t end_ms = leader_claim_end_ms(claim, term);

	return end_ms > now_ms ? end_ms - now_ms : 0;
}
