package doctor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func (e *examiner) table(ctx context.Context) {
	name := e.resources["FindingsTable"]
	out, err := e.tables.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
	switch {
	case err != nil:
		e.unread("table", err, "Restore it from a backup under its old name (point-in-time recovery), or deploy a new stack.")
	case out.Table.TableStatus != "ACTIVE" && out.Table.TableStatus != "UPDATING":
		e.add("table", Broken, "status "+string(out.Table.TableStatus), "Wait, and see AWS's Health Dashboard; findings cannot be kept meanwhile, events wait in the queue.")
	default:
		e.add("table", OK, strings.ToLower(string(out.Table.TableStatus)), "")
	}
}

// inboxes looks at who is told. An alert topic without anybody is fine where chat is told, and
// nobody at all is not.
func (e *examiner) inboxes(ctx context.Context) {
	chat := e.resources["AmazonQChannel"] != "" || e.resources["SlackFunction"] != ""
	for _, logical := range []string{"AlertTopic", "OpsTopic"} {
		name, topic := "inbox of "+logical, e.resources[logical]
		var confirmed, pending []string
		pages := sns.NewListSubscriptionsByTopicPaginator(e.topics, &sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
		var failed error
		for failed == nil && pages.HasMorePages() {
			var page *sns.ListSubscriptionsByTopicOutput
			if page, failed = pages.NextPage(ctx); failed == nil {
				for _, s := range page.Subscriptions {
					if strings.HasPrefix(aws.ToString(s.SubscriptionArn), "arn:") {
						confirmed = append(confirmed, aws.ToString(s.Endpoint))
					} else {
						pending = append(pending, aws.ToString(s.Endpoint))
					}
				}
			}
		}
		switch {
		case failed != nil:
			e.unread(name, failed, deployAgain)
		case len(pending) > 0:
			e.add(name, Broken, "not confirmed: "+strings.Join(pending, ", "),
				"Follow the link in the mail \"AWS Notification - Subscription Confirmation\". It is good for two days; afterwards deploy with another address and back.")
		case len(confirmed) > 0:
			e.add(name, OK, strings.Join(confirmed, ", "), "")
		case logical == "AlertTopic" && chat:
			e.add(name, OK, "nobody; chat is told", "")
		case logical == "AlertTopic":
			e.add(name, Broken, "nobody is subscribed, and there is no chat", "Deploy with AlertEmail, or subscribe somebody to "+topic+".")
		default:
			e.add(name, Weak, "nobody hears when why403 itself fails", "Deploy with OpsEmail, or subscribe somebody to "+topic+".")
		}
	}
}

// leftovers looks into the queues of what could not go on.
func (e *examiner) leftovers(ctx context.Context) {
	do := map[string]string{
		"DeniedDeadLetterQueue":  "Read the auditor's log, mend the cause, then run the command in the stack's output RedriveCommand.",
		"RecheckDeadLetterQueue": "Read the log of the recheck function, mend the cause, then move the messages back to its queue.",
		"UndeliveredQueue":       "The attributes ERROR_CODE and ERROR_MESSAGE of a message say why; send its body to the denied queue afterwards.",
		"NotPostedQueue":         "Read the log of the Slack function; the alerts themselves went to the other topics.",
	}
	for _, logical := range slices.Sorted(maps.Keys(do)) {
		url := e.resources[logical]
		if url == "" {
			continue
		}
		out, err := e.queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url,
			AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameApproximateNumberOfMessages}})
		n := ""
		if err == nil {
			n = out.Attributes["ApproximateNumberOfMessages"]
		}
		switch {
		case err != nil:
			e.unread("leftovers in "+logical, err, deployAgain)
		case n == "0":
			e.add("leftovers in "+logical, OK, "none", "")
		default:
			e.add("leftovers in "+logical, Broken, n+" messages", do[logical])
		}
	}
}

// readers looks at the roles that policies are read with. Their trust is for the auditor's
// role alone, so that whoever asks here is refused as a rule: that is as it should be, and
// tells nothing.
func (e *examiner) readers(ctx context.Context) {
	for _, account := range list(e.settings["WHY403_READ_ACCOUNTS"]) {
		e.assume(ctx, "read role in "+account, account, e.settings["WHY403_READ_ROLE"], "deploy/member.yaml")
	}
	switch account := e.settings["WHY403_ORGANIZATION_ACCOUNT"]; account {
	case "":
		e.add("organization", Weak, "OrganizationAccount is not set: service and resource control policies are not read", "Only in an organization: deploy deploy/management.yaml there and name the account.")
	case e.report.Account:
		if _, err := e.organizations.DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{}); err != nil {
			e.unread("organization", err, "Name the management account or a delegated administrator in OrganizationAccount.")
			return
		}
		e.add("organization", OK, "it can be read here", "")
	default:
		e.assume(ctx, "organization role in "+account, account, e.settings["WHY403_ORGANIZATION_ROLE"], "deploy/management.yaml")
	}
}

func (e *examiner) assume(ctx context.Context, name, account, role, template string) {
	in := &sts.AssumeRoleInput{RoleArn: aws.String("arn:" + e.partition + ":iam::" + account + ":role/" + role), RoleSessionName: aws.String("why403-doctor")}
	if id := e.settings["WHY403_READ_EXTERNAL_ID"]; id != "" {
		in.ExternalId = &id
	}
	_, err := e.tokens.AssumeRole(ctx, in)
	switch {
	case err == nil:
		e.add(name, OK, "it can be assumed", "")
	case refused(err):
		e.add(name, Unknown, "AWS refuses these credentials, as it should: the role trusts the auditor's alone",
			fmt.Sprintf("If diagnoses say that account %s could not be read: deploy %s there with the auditor's role ARN and the same external id.", account, template))
	default:
		e.unread(name, err, "Deploy "+template+" there.")
	}
}

// list reads a list whose parts are separated by commas.
func list(s string) (all []string) {
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}
