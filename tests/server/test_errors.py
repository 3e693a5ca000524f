"""The families of errors: what the client has to change is not mixed with what the server has."""

import pytest

from segue.errors import JobExists, KeyReused
from segue_server.errors import from_core, refused


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (403, "authentication_error"),
        (413, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "server_error"),
        (503, "server_error"),
    ],
)
def test_a_failure_of_the_server_is_not_said_to_be_the_requests(status, kind):
    assert refused(status, "code", "words").body.type == kind


@pytest.mark.parametrize(("error", "status"), [(KeyReused("a"), 422), (JobExists("a"), 409)])
def test_an_order_that_exists_is_a_conflict_and_no_failure(error, status):
    assert from_core(error).status == status
