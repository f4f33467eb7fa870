package alert

import "why403/pkg/clean"

// attributes are for filter policies of subscriptions. SNS takes no empty values, and a
// queue that gets messages as they are takes none with more than ten attributes.
//
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
func (m mail) attributes() map[string]string {
	d := m.x.Denial
	all := map[string]string{
		"cause":             m.f.Cause(),
		"outcome":           string(m.x.Outcome),
		"state":             string(m.f.Status),
		"bucket":            d.Bucket,
		"requester_account": d.Principal.Account,
		"region":            d.Region,
		"reason":            string(m.reason),
	}
	if c := m.x.Cause; c != nil {
		all["confidence"], all["actor_account"], all["actor_name"] = string(c.Confidence), c.Account, m.o.AccountNames[c.Account]
	}
	for name, v := range all {
		if v == "" {
			delete(all, name)
			continue
		}
		all[name] = clean.Truncate(clean.Subject(v), 128)
	}
	return all
}
