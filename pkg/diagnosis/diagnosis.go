package diagnosis

import (
	"encoding/json"
	"time"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// Format is the value of Diagnosis.Format.
const Format = "why403.diagnosis/v1"

// Outcome is how far a diagnosis got.
type Outcome string

// The outcomes.
const (
	Explained    Outcome = "explained"    // at least one blocker is confirmed or likely
	Undetermined Outcome = "undetermined" // evidence is missing
	Unexplained  Outcome = "unexplained"  // everything was read and allows
	Ignored      Outcome = "ignored"      // not an S3 denial
)

// Confidence is how sure a cause is.
type Confidence string

// The degrees of confidence. There is no third: what is only possible is open.
const (
	Confirmed Confidence = "confirmed" // proven by known evidence or by AWS's own message
	Likely    Confidence = "likely"    // by elimination: every other check is known to pass
)

// Verdict is what one check says.
type Verdict string

// The verdicts.
const (
	Allow         Verdict = "allow"
	NoAllow       Verdict = "no-allow"
	Deny          Verdict = "deny"
	Unknown       Verdict = "unknown"
	NotApplicable Verdict = "not-applicable"
)

// Diagnosis is the answer to one denial.
type Diagnosis struct {
	Format       string            `json:"format"`
	Version      string            `json:"version,omitempty"` // of the program that made it
	Outcome      Outcome           `json:"outcome"`
	Because      string            `json:"because,omitempty"` // why ignored, or why no more could be said
	Denial       Denial            `json:"denial"`
	Cause        *Cause            `json:"cause"` // null unless explained
	Contributing []Cause           `json:"contributing"`
	RuledOut     []RuledOut        `json:"ruledOut"`
	Open         []Open            `json:"open"`
	Failed       []Failed          `json:"failed,omitempty"` // why reads failed
	AccountNames map[string]string `json:"accountNames,omitempty"`
	Checks       []Check           `json:"checks"`
	Message      *Message          `json:"message,omitempty"`
	Changes      []evidence.Change `json:"changes"`
	Intended     Intended          `json:"intended"`
	Remedy       Remedy            `json:"remedy"`
}

// Action is what was refused, in a word: that of the first check, else the first that
// the call needs, else the call.
func (x *Diagnosis) Action() string {
	switch d := &x.Denial; {
	case len(x.Checks) > 0 && x.Checks[0].Action != "":
		return x.Checks[0].Action
	case len(d.Authorizations) > 0:
		return d.Authorizations[0].Action
	case d.Operation != "":
		return d.Operation
	}
	return "a request"
}

// Denial is the refused request, as far as it is known.
type Denial struct {
	EventID        string                   `json:"eventId,omitempty"`
	SharedEventID  string                   `json:"sharedEventId,omitempty"`
	Time           time.Time                `json:"time,omitzero"`
	Region         string                   `json:"region,omitempty"`
	Operation      string                   `json:"operation,omitempty"`
	Authorizations []evidence.Authorization `json:"authorizations"`
	Bucket         string                   `json:"bucket,omitempty"`
	Key            string                   `json:"key,omitempty"`
	VersionID      string                   `json:"versionId,omitempty"`
	BucketAccount  string                   `json:"bucketAccount,omitempty"`
	AccessPoint    string                   `json:"accessPoint,omitempty"`
	Principal      evidence.Principal       `json:"principal,omitzero"`
	ErrorCode      string                   `json:"errorCode,omitempty"`
	ErrorMessage   string                   `json:"errorMessage,omitempty"`
	VPCEndpointID  string                   `json:"vpcEndpointId,omitempty"`
	SourceIP       string                   `json:"sourceIp,omitempty"`
	UserAgent      string                   `json:"userAgent,omitempty"`
}

// Cause is one reason why the request cannot pass.
type Cause struct {
	ID         CauseID    `json:"id"`
	IsA        CauseID    `json:"isA,omitempty"` // the plainer name of the same blocker
	Confidence Confidence `json:"confidence"`
	Summary    string     `json:"summary"` // one sentence
	Account    string     `json:"account"` // who must act; empty if unknown
	Because    []Reason   `json:"because"`
	// Needs is what would settle a cause that is likely: a permission and the account to
	// read it in, or what the request itself has to tell. Empty of a confirmed one.
	Needs string `json:"needs,omitempty"`
	Doc   string `json:"doc"` // the AWS page
}

// Reason is one line of evidence: a statement of a policy, an element of it, or
// AWS's own words.
type Reason struct {
	Layer     evidence.Layer  `json:"layer"`
	Policy    string          `json:"policy,omitempty"`
	PolicyARN string          `json:"policyArn,omitempty"`
	At        string          `json:"at,omitempty"`        // where in the organization it is attached
	Statement *int            `json:"statement,omitempty"` // from 0
	SID       string          `json:"sid,omitempty"`
	Effect    string          `json:"effect,omitempty"`  // Allow or Deny
	Matches   string          `json:"matches,omitempty"` // yes, no or unknown
	Element   string          `json:"element,omitempty"` // that decides
	Operator  string          `json:"operator,omitempty"`
	Key       string          `json:"key,omitempty"`
	Wanted    []string        `json:"wanted,omitempty"`
	Got       []string        `json:"got,omitempty"`
	State     string          `json:"state,omitempty"`  // absent or unknown: of a condition key that the request has not, or may have
	Source    json.RawMessage `json:"source,omitempty"` // the statement itself
	Text      string          `json:"text,omitempty"`   // AWS's own words
	Fact      string          `json:"fact,omitempty"`   // a sentence: what decides, where that stands in no policy
}

// RuledOut is a cause that it cannot be.
type RuledOut struct {
	ID      CauseID `json:"id"`
	Because string  `json:"because"`
}

// Open is a cause that it may be, and what would settle it.
type Open struct {
	ID      CauseID `json:"id"`
	Because string  `json:"because"`
	Needs   string  `json:"needs,omitempty"` // a permission, and the account to read it in
}

// Check is what one layer says of one authorization.
type Check struct {
	Layer    evidence.Layer `json:"layer"`
	Action   string         `json:"action"`
	Resource string         `json:"resource"`
	Account  string         `json:"account,omitempty"`
	Verdict  Verdict        `json:"verdict"`
	Blocks   string         `json:"blocks,omitempty"` // yes, or unknown; left out where it lets the request pass
	Because  []Reason       `json:"because,omitempty"`
}

// Message is what AWS's own text says.
type Message struct {
	Layer     evidence.Layer `json:"layer,omitempty"`
	Kind      string         `json:"kind,omitempty"` // explicit or implicit
	PolicyARN string         `json:"policyArn,omitempty"`
	Agrees    *bool          `json:"agrees"` // with the evidence read now; null: cannot tell
}

// Intended asks whether the denial is perhaps right.
type Intended struct {
	Ask     bool   `json:"ask"`
	Because string `json:"because,omitempty"`
}

// Remedy is what to change.
type Remedy struct {
	// If is what has to be so before anything is changed: that the request is meant to
	// pass, where that is not clear. Empty where nothing has to be asked.
	If       string `json:"if,omitempty"`
	Steps    []Step `json:"steps"`
	Verified bool   `json:"verified"` // decided again with the changes: every check passes
	Because  string `json:"because"`
}

// Step is one change in one account.
type Step struct {
	Account string  `json:"account"`
	Cause   CauseID `json:"cause,omitempty"` // that it removes
	Title   string  `json:"title"`
	Target  string  `json:"target,omitempty"`
	// Kind says what Patch is: a statement to add (add-statement) or one that takes the
	// place of a narrower one's (replace-statement), a setting, or something of the
	// request itself. It is empty where nothing was tried.
	Kind      string          `json:"kind,omitempty"`
	Patch     json.RawMessage `json:"patch,omitempty"`
	Document  json.RawMessage `json:"document,omitempty"`  // the whole policy with the change
	Diff      string          `json:"diff,omitempty"`      // against the policy that was read
	Terraform string          `json:"terraform,omitempty"` // the same as a resource
	Commands  []string        `json:"commands,omitempty"`
	Caution   string          `json:"caution,omitempty"`
	// Alone says what the step achieves without the others.
	Alone string `json:"alone,omitempty"`
}

func describe(d trail.Denial) Denial {
	auths := make([]evidence.Authorization, 0, len(d.Authorizations))
	for _, a := range d.Authorizations {
		// What AWS's message names is among them, in AWS's words: they may be damaged.
		if exactAction(a.Action) {
			auths = append(auths, a)
		}
	}
	return Denial{
		EventID: d.EventID, SharedEventID: d.SharedEventID, Time: d.Time, Region: d.Region,
		Operation: d.Operation, Authorizations: auths,
		Bucket: d.Bucket, Key: d.Key, VersionID: d.VersionID, BucketAccount: d.BucketAccount, AccessPoint: d.AccessPoint,
		Principal: d.Principal, ErrorCode: d.ErrorCode, ErrorMessage: d.ErrorMessage,
		VPCEndpointID: d.VPCEndpointID, SourceIP: d.SourceIP, UserAgent: d.UserAgent,
	}
}

// Ignore returns the diagnosis of a record that is no S3 denial.
func Ignore(d trail.Denial, because string) Diagnosis {
	return finish(Diagnosis{Outcome: Ignored, Because: because, Denial: describe(d)})
}

// finish fills what a diagnosis must have even when there is nothing to say.
func finish(x Diagnosis) Diagnosis {
	x.Format = Format
	if x.Contributing == nil {
		x.Contributing = []Cause{}
	}
	if x.RuledOut == nil {
		x.RuledOut = []RuledOut{}
	}
	if x.Open == nil {
		x.Open = []Open{}
	}
	if x.Checks == nil {
		x.Checks = []Check{}
	}
	if x.Changes == nil {
		x.Changes = []evidence.Change{}
	}
	if x.Remedy.Steps == nil {
		x.Remedy.Steps = []Step{}
	}
	if x.Cause != nil && x.Cause.Because == nil {
		x.Cause.Because = []Reason{}
	}
	return x
}
