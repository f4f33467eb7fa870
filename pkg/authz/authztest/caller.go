package authztest

import (
	"strings"
	"testing"
)

// callerWords is the caller as a case writes it.
type callerWords struct {
	kind, name, account, session, id, accessKey, via string
	pathUnknown, noARN                               bool
}

func readCaller(t testing.TB, s, account string) callerWords {
	t.Helper()
	w := callerWords{account: account, session: "job", accessKey: "ASIAEXAMPLE", id: "AROAEXAMPLEEXAMPLE"}
	words := strings.Fields(s)
	w.kind = words[0]
	for i, word := range words[1:] {
		name, value, option := strings.Cut(word, "=")
		switch {
		case word == "pathunknown":
			w.pathUnknown = true
		case word == "noarn":
			w.noARN = true
		case i == 0 && !option:
			w.name = word
		case name == "of":
			w.account = value
		case name == "session":
			w.session = value
		case name == "id":
			w.id = value
		case name == "key":
			w.accessKey = value
		case name == "via":
			w.via = value
		default:
			t.Fatalf("caller: %q is not understood", word)
		}
	}
	if w.kind == "user" && !strings.Contains(s, " key=") {
		w.accessKey = "AKIAEXAMPLE"
	}
	if w.kind == "user" && !strings.Contains(s, " id=") {
		w.id = "AIDAEXAMPLEEXAMPLE"
	}
	return w
}

// arn returns the ARN of the principal whose policies count; of a federated user that
// is the user who asked.
func (w *callerWords) arn() string {
	switch w.kind {
	case "role":
		return "arn:aws:iam::" + w.account + ":role/" + w.name
	case "user":
		return "arn:aws:iam::" + w.account + ":user/" + w.name
	case "federated":
		return "arn:aws:iam::" + w.account + ":user/ann"
	case "root", "account":
		return "arn:aws:iam::" + w.account + ":root"
	}
	return ""
}

func (w *callerWords) principal() object {
	p := object{"type": w.kind, "account": w.account, "accessKeyId": w.accessKey}
	arn := w.arn()
	switch w.kind {
	case "role":
		p["id"], p["session"] = w.id, w.session
		if w.pathUnknown {
			p["pathUnknown"] = true
			arn = "arn:aws:iam::" + w.account + ":role/" + w.name[strings.LastIndex(w.name, "/")+1:]
		}
		p["arn"] = arn
	case "user":
		p["id"], p["arn"] = w.id, arn
	case "federated":
		p["arn"], p["session"], p["issuer"] = "arn:aws:sts::"+w.account+":federated-user/"+w.name, w.name, arn
	case "root":
		p["arn"] = arn
	case "account":
		delete(p, "accessKeyId")
	case "anonymous":
		return object{"type": "anonymous"}
	case "service":
		return object{"type": "service", "service": w.name}
	}
	if w.noARN {
		delete(p, "arn")
	}
	if w.via != "" {
		p["via"] = w.via
	}
	return p
}

// grantee is who the world's policies let in.
func (w *callerWords) grantee() any {
	switch w.kind {
	case "anonymous":
		return "*"
	case "service":
		return object{"Service": w.name}
	case "federated":
		return object{"AWS": "arn:aws:sts::" + w.account + ":federated-user/" + w.name}
	}
	return object{"AWS": w.arn()}
}
