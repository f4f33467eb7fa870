package diagnosis

import (
	"fmt"
	"time"

	"why403/pkg/trail"
)

// Probing is not why a request was refused, but what many refusals together are: a
// requester or an address that was denied on many buckets or objects in a short time. It
// is told as one finding of its own; no single denial has it.
const Probing CauseID = "PROBING"

// ProbingFacts are what was seen of somebody who probes.
type ProbingFacts struct {
	// Address is where the requests came from, an address or a network, where that is what
	// they have in common; empty: they have the requester in common.
	Address string
	// Buckets and Keys are how many different ones there were at least.
	Buckets, Keys int
	First, Last   time.Time
}

// OfProbing returns the diagnosis of denials that are probing together; d is the latest of
// them. It proposes nothing: who it is comes first.
func OfProbing(d trail.Denial, p ProbingFacts) Diagnosis {
	who := upperFirst(Who(d.Principal))
	if p.Address != "" {
		who = "Somebody at " + p.Address
	}
	x := Diagnosis{Outcome: Explained, Denial: describe(d), Cause: &Cause{
		ID: Probing, Confidence: Confirmed, Account: d.Principal.Account, Doc: probingInfo().Doc,
		Summary: fmt.Sprintf("%s was refused on %s within %s", who, p.what(), max(p.Last.Sub(p.First), time.Second).Round(time.Second)),
		Because: []Reason{{Fact: fmt.Sprintf("the first of them at %s, the latest at %s", p.First.UTC().Format(time.RFC3339), p.Last.UTC().Format(time.RFC3339))}},
	}}
	x.Intended = Intended{Ask: true, Because: "a scanner, or somebody who looks for what is open, is refused as it should be"}
	x.Remedy.Because = "nothing is proposed: find out who it is, and whether they should ask at all"
	return finish(x)
}

func (p ProbingFacts) what() string {
	if p.Buckets > 1 {
		return fmt.Sprintf("%d buckets or more", p.Buckets)
	}
	return fmt.Sprintf("%d objects or more", p.Keys)
}

// observation finds what is no cause of a single denial.
func observation(id CauseID) (CauseInfo, bool) {
	for _, info := range Observations() {
		if info.ID == id {
			return info, true
		}
	}
	return CauseInfo{}, false
}

func probingInfo() CauseInfo {
	return CauseInfo{
		ID: Probing, Name: "probing", Doc: s3Guide + "security-best-practices.html",
		Means: "a requester or an address was refused on many buckets or objects in a short time",
		Fix:   "find out who asks, and whether they should",
	}
}
