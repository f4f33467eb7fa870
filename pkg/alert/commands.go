package alert

import (
	"encoding/json"

	"why403/pkg/clean"
	"why403/pkg/finding"
)

// Commands are what to run about a finding. Each is one line for a POSIX shell.
type Commands struct {
	Show        string `json:"show"`
	Acknowledge string `json:"acknowledge"` // ends repeats
	Suppress    string `json:"suppress"`    // ends all messages
}

// commands are those for where the findings are.
func (o Options) commands(id string) Commands {
	if o.Table == "" {
		id = clean.Shell(id)
		return Commands{
			Show:        "why403 findings show " + id,
			Acknowledge: "why403 findings ack " + id,
			Suppress:    "why403 findings suppress " + id + " --until=90d --reason=intended",
		}
	}
	at := " --table-name=" + clean.Shell(o.Table) + " --key=" + clean.Shell(itemKey(id))
	if o.Region != "" {
		at = " --region=" + clean.Shell(o.Region) + at
	}
	// Only an item that is there: the command makes no new one.
	set := func(status finding.Status) string {
		return "aws dynamodb update-item" + at +
			` --condition-expression='attribute_exists(part)' --update-expression='SET #s = :s'` +
			` --expression-attribute-names='{"#s":"status"}'` +
			` --expression-attribute-values=` + clean.Shell(`{":s":{"S":"`+string(status)+`"}}`)
	}
	// What the table has is compressed: only the program shows it.
	show := "why403 findings show " + clean.Shell(id) + " --table=" + clean.Shell(o.Table)
	if o.Region != "" {
		show += " --region=" + clean.Shell(o.Region)
	}
	return Commands{
		Show:        show,
		Acknowledge: set(finding.Acknowledged),
		Suppress:    set(finding.Suppressed),
	}
}

// itemKey is the key of a finding's item, as the AWS CLI takes it.
func itemKey(id string) string {
	type text struct {
		S string `json:"S"`
	}
	key, err := json.Marshal(struct {
		ID   text `json:"id"`
		Part text `json:"part"`
	}{text{id}, text{"head"}})
	if err != nil {
		return "{}" // strings always marshal
	}
	return string(key)
}
