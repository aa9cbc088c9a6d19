"""Answers DynamoDB's batch calls as if everything worked, so that only the client is measured."""

from bench.serving import serve


def _answer(head: bytes, body: bytes) -> bytes:
    if b"batchexecutestatement" in head:
        return b'{"Responses":[%s]}' % b",".join([b'{"TableName":"t"}'] * body.count(b'"Statement"'))
    if b"batchwriteitem" in head:
        return b'{"UnprocessedItems":{}}'
    return b'{"Responses":{},"UnprocessedKeys":{}}'


if __name__ == "__main__":
    serve(_answer)
