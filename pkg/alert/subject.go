package alert

import (
	"strings"

	"why403/pkg/clean"
	"why403/pkg/diagnosis"
)

// maxSubject is the most characters a subject may have: SNS takes fewer than 100.
//
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const maxSubject = 99

// The least that is left of a name before it is not shown at all.
const leastName = 10

// subject names cause, action, place and requester. It has no count and no time,
// so that mail programs keep the mails of one cause together. Names are cut
// where it is too long, never the cause or the id.
func (m mail) subject() string {
	tail := " [why403 " + clean.Truncate(clean.Subject(m.f.ID), 16) + "]"
	head := m.prefix() + m.headline()
	return head + " " + m.object(maxSubject-len(head)-1-len(tail)) + tail
}

// prefix marks the turns in the life of a finding. Mail programs that thread by subject
// begin a new thread there, and only there.
func (m mail) prefix() string {
	switch m.reason {
	case Reopened:
		return "REOPENED: "
	case Resolved:
		return "RESOLVED: "
	default:
		return ""
	}
}

// headline is the cause, and the verb that goes with its name.
func (m mail) headline() string {
	blockers := m.blockers()
	if len(blockers) == 0 {
		if m.x.Outcome == diagnosis.Unexplained {
			return "Cause not found:"
		}
		return "Cause not found yet:"
	}
	first := causeName(blockers[0].ID)
	switch {
	case len(blockers) == 1 && !acts(blockers[0].ID):
		return first + ":"
	case len(blockers) == 1:
		return first + " blocks"
	}
	// Two names leave room for the rest of the subject only if both are short.
	if second := causeName(blockers[1].ID); len(blockers) == 2 && len(first)+len(second) <= 36-len(m.prefix()) {
		return first + " + " + second + " block"
	}
	return first + " + " + plural(len(blockers)-1, "other blocks", "others block")
}

// causeName is the name of a cause as the first words of a line.
func causeName(id diagnosis.CauseID) string {
	name := strings.ToLower(strings.ReplaceAll(string(id), "_", " "))
	if info, ok := diagnosis.Info(id); ok {
		name = info.Name
	}
	if name == "" {
		return "A cause without a name"
	}
	return upperFirst(clean.Truncate(clean.Subject(name), 40))
}

// acts reports whether the name of a cause is that of a thing which can be said to
// block something.
func acts(id diagnosis.CauseID) bool {
	switch id {
	case diagnosis.MissingObject, diagnosis.Credentials, diagnosis.AnonymousNoGrant, diagnosis.AccountOrBucketDisabled,
		diagnosis.ObjectArchived, diagnosis.StalePrincipalID, diagnosis.DirectoryBucketSession, diagnosis.CrossRegionLogging,
		diagnosis.SSECBlocked, diagnosis.KMSIdentityNoAllow, diagnosis.Probing:
		return false
	default:
		return true
	}
}

// object is "s3:GetObject on acme-data for role team/app" in room characters.
func (m mail) object(room int) string {
	action := clean.Middle(clean.Subject(m.x.Action()), mostWord)
	place, who := clean.Subject(m.place()), clean.Subject(diagnosis.Who(m.x.Denial.Principal))
	on, through := " on ", m.throughEndpoint()
	if through {
		on = " through "
	}
	whole := func() string { return action + on + place + " for " + who }
	for _, shorter := range []func(string) string{withoutPath, withoutKind} {
		if len(whole()) > room {
			who = shorter(who)
		}
	}
	if len(whole()) <= room {
		return whole()
	}
	names := room - len(action+on+" for ")
	if names < 2*leastName {
		// One name is better than two stumps.
		if left := room - len(action+on); left >= leastName {
			return action + on + clean.Middle(place, left)
		}
		return clean.Middle(action, room)
	}
	// The shorter name stays whole if it leaves the longer one half the room.
	switch half := names / 2; {
	case len(place) <= half:
		who = clean.Middle(who, names-len(place))
	case len(who) <= half:
		place = clean.Middle(place, names-len(who))
	default:
		place, who = clean.Middle(place, names-half), clean.Middle(who, half)
	}
	return whole()
}

// place names where the denial happened: the bucket, or what stands for it.
func (m mail) place() string {
	place := m.f.Key.Place
	if place == "" {
		place = m.x.Denial.Bucket
	}
	if f := strings.SplitN(place, ":", 6); len(f) == 6 && f[0] == "arn" {
		return f[5]
	}
	return place
}

// throughEndpoint reports whether no more than the VPC endpoint is known of where
// the request went.
func (m mail) throughEndpoint() bool {
	return m.x.Denial.Bucket == "" && m.f.Key.Place != "" && m.f.Key.Place == m.x.Denial.VPCEndpointID
}

// withoutPath takes the path out of the name of a role or user.
func withoutPath(who string) string {
	kind, name, ok := strings.Cut(who, " ")
	if i := strings.LastIndexByte(name, '/'); ok && i >= 0 && i+1 < len(name) && (kind == "role" || kind == "user") {
		return kind + " " + name[i+1:]
	}
	return who
}

// withoutKind leaves of a role, user or service the name.
func withoutKind(who string) string {
	if service, ok := strings.CutPrefix(who, "the AWS service "); ok {
		return service
	}
	if kind, name, ok := strings.Cut(who, " "); ok && (kind == "role" || kind == "user") {
		return name
	}
	return who
}
