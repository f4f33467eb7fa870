package main

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"why403/pkg/evidence/live"
	"why403/pkg/finding"
	"why403/pkg/rules"
	"why403/pkg/rules/remote"
	"why403/pkg/stack"
)

// ownRoles are the roles by which the stack reads, with what it reads: those that its
// functions run as, and the read roles of the accounts that may be read.
func ownRoles(s stack.Settings) []rules.OwnRole {
	member, organization := actions(live.MemberRole), actions(live.OrganizationRole)
	partition := cmp.Or(s.Read.Partition, "aws")
	named := func(account, role string) string { return "arn:" + partition + ":iam::" + account + ":role/" + role }
	var all []rules.OwnRole
	for _, arn := range s.Own {
		all = append(all, rules.OwnRole{ARN: arn, Actions: append(member[:len(member):len(member)], organization...)})
	}
	if s.Read.RoleName != "" {
		for _, account := range s.Read.Accounts {
			all = append(all, rules.OwnRole{ARN: named(account, s.Read.RoleName), Session: live.SessionName, Actions: member})
		}
	}
	if s.Read.Organization != "" && s.Read.OrganizationRole != "" {
		all = append(all, rules.OwnRole{ARN: named(s.Read.Organization, s.Read.OrganizationRole), Session: live.SessionName, Actions: organization})
	}
	return all
}

func actions(r live.Role) []string {
	var all []string
	for _, p := range live.Permissions(r) {
		all = append(all, p.Actions...)
	}
	return all
}

// watch logs what becomes of the rules. The ledger remembers each version that was ever in
// force, and since when.
func watch(source *remote.Source, ledger finding.Ledger, log *slog.Logger) {
	source.Changed = func(ctx context.Context, v remote.Version) {
		since, first, err := ledger.Began(ctx, "rules/"+v.Hash, time.Now())
		attrs := []slog.Attr{slog.String("version", v.Hash), slog.Int("rules", len(v.Set.Rules))}
		if err != nil {
			// They are in force all the same: a table that fails is told by what cannot be recorded.
			attrs = append(attrs, slog.String("error", stack.Brief(err)))
		} else {
			attrs = append(attrs, slog.Time("since", since), slog.Bool("first", first))
		}
		log.LogAttrs(ctx, slog.LevelInfo, "rules in force", attrs...)
	}
	source.Failed = func(ctx context.Context, err error) {
		log.LogAttrs(ctx, slog.LevelError, "rules not read: those from before stay in force", slog.String("error", stack.Brief(err)))
	}
}
