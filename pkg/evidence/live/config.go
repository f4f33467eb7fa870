package live

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"why403/pkg/evidence"
	"why403/pkg/trail"
)

// Config is what the operator knows and allows. Nothing else is ever asked, whatever
// an event says.
type Config struct {
	// AWS has the region and the credentials of the account that the program runs in.
	AWS aws.Config
	// Home is the id of that account, which is read without assuming a role.
	Home string
	// Partition is aws unless set.
	Partition string
	// Regions may be read; none: that of AWS alone. Global services are read where they
	// are.
	Regions []string
	// Accounts are the ids of the other accounts that may be read.
	Accounts []string
	// RoleName, with its path, and ExternalID are those of the read role in each of
	// them.
	RoleName, ExternalID string
	// Credentials are for accounts that are read in another way than by that role.
	Credentials map[string]aws.CredentialsProvider
	// Organization is the account that reads the organization: the management account,
	// or a delegated administrator. Empty: whichever is found to manage it, if it may be
	// read.
	Organization string
	// OrganizationRole is the name of the role that the organization is read with there.
	// Empty: that of the read role.
	OrganizationRole string
	// ReadObjects allows HeadObject, which needs s3:GetObject. Without it the key that
	// an object is encrypted with is known only where the event names it.
	ReadObjects bool
	// History tells what happened around a denial; nil: nobody is asked.
	History History
	// Recent has Evidence tell of recent changes too. It is for a History that answers
	// in milliseconds.
	Recent bool

	// Keep is how long an answer is believed (2 minutes unless set), KeepOrganization
	// how long one about the organization (10 minutes).
	Keep, KeepOrganization time.Duration
	// Answers is how many are kept at most (10,000 unless set).
	Answers uint64
	// Patience is how long one read may take, with all its calls (5 seconds unless set).
	Patience time.Duration
}

// History tells what happened before a denial.
type History interface {
	// Session returns what the session of a denial was issued with. It is absent if it
	// was issued without a session policy and without tags.
	Session(ctx context.Context, d trail.Denial) evidence.Read[evidence.Grant]
	// Changes returns the changes of the named documents before the denial, newest first.
	// A document is an ARN, or the name of a bucket.
	Changes(ctx context.Context, d trail.Denial, documents []string) ([]evidence.Change, error)
}

func (c Config) withDefaults() Config {
	if c.Partition == "" {
		c.Partition = "aws"
	}
	if c.OrganizationRole == "" {
		c.OrganizationRole = c.RoleName
	}
	if len(c.Regions) == 0 {
		c.Regions = []string{c.AWS.Region}
	}
	if c.Keep == 0 {
		c.Keep = 2 * time.Minute
	}
	if c.KeepOrganization == 0 {
		c.KeepOrganization = 10 * time.Minute
	}
	if c.Answers == 0 {
		c.Answers = 10_000
	}
	if c.Patience == 0 {
		c.Patience = 5 * time.Second
	}
	return c
}
