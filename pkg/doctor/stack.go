package doctor

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
)

// stack finds out what the stack consists of.
func (e *examiner) stack(ctx context.Context) error {
	out, err := e.formation.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &e.o.Stack})
	if err != nil {
		return fmt.Errorf("reading the stack %s in %s: %w", e.o.Stack, e.o.AWS.Region, err)
	}
	if len(out.Stacks) != 1 {
		return fmt.Errorf("reading the stack %s in %s: there are %d", e.o.Stack, e.o.AWS.Region, len(out.Stacks))
	}
	// This call answers with up to a hundred resources of a stack that exists, without pages.
	//
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html
	resources, err := e.formation.DescribeStackResources(ctx, &cloudformation.DescribeStackResourcesInput{StackName: &e.o.Stack})
	if err != nil {
		return fmt.Errorf("reading what the stack %s consists of: %w", e.o.Stack, err)
	}
	e.resources, e.kinds = map[string]string{}, map[string]string{}
	for _, r := range resources.StackResources {
		e.resources[aws.ToString(r.LogicalResourceId)] = aws.ToString(r.PhysicalResourceId)
		e.kinds[aws.ToString(r.LogicalResourceId)] = aws.ToString(r.ResourceType)
	}
	if e.resources["AuditorFunction"] == "" {
		return fmt.Errorf("the stack %s is none of why403: it has no AuditorFunction", e.o.Stack)
	}
	switch status := string(out.Stacks[0].StackStatus); {
	case status == "CREATE_COMPLETE", status == "UPDATE_COMPLETE", status == "UPDATE_ROLLBACK_COMPLETE", status == "IMPORT_COMPLETE":
		e.add("stack", OK, status, "")
	case strings.HasSuffix(status, "_IN_PROGRESS"):
		e.add("stack", Unknown, status, "Wait until the deployment has ended, and look again.")
	default:
		e.add("stack", Broken, status, "Read the events of the stack in CloudFormation's console: the first failure says why.")
	}
	return nil
}

func partition(arn string) string {
	if parts := strings.SplitN(arn, ":", 3); len(parts) == 3 && parts[1] != "" {
		return parts[1]
	}
	return "aws"
}
