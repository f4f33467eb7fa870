package dynamo

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// isConflict reports whether a write met another one.
func isConflict(err error) bool {
	var changed *types.ConditionalCheckFailedException
	var busy *types.TransactionConflictException
	return errors.As(err, &changed) || errors.As(err, &busy)
}
