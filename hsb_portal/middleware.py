"""What happens to every request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Responder = Callable[[HttpRequest], HttpResponse]


def never_cached(get_response: Responder) -> Responder:
    """Keep pages out of every cache: staff-room computers are shared. The public library may be cached."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        return response

    return respond
