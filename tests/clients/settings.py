"""How each client is told where the server is: the one thing about it that is not as installed."""

from typing import Any

from tests.clients.server import Access


def for_ccxt(access: Access, **options: object) -> dict[str, Any]:
    """The constructor's argument."""
    http, ws = access.base_url, access.ws_url
    api: dict[str, Any] = {"public": f"{http}/api/v3", "private": f"{http}/api/v3", "sapi": f"{http}/sapi/v1"}
    for market in ("fapi", "dapi"):
        for name, version in (("", "v1"), ("V2", "v2"), ("V3", "v3")):
            api[f"{market}Public{name}"] = api[f"{market}Private{name}"] = f"{http}/{market}/{version}"
    api["ws"] = {
        "linear": f"{ws}/ws",
        "inverse": f"{ws}/ws",
        "ws-api": {"linear": f"{ws}/ws-fapi/v1", "inverse": f"{ws}/ws-dapi/v1"},
    }
    return {
        "apiKey": access.api_key,
        "secret": access.secret_key,
        "urls": {"api": api},
        "enableRateLimit": False,
        "options": options,
    }


def for_python_binance(client: type, access: Access) -> Any:
    """The client's class with its class attributes set, which is where it keeps addresses."""
    return type(
        client.__name__,
        (client,),
        {
            "API_URL": f"{access.base_url}/api",
            "FUTURES_URL": f"{access.base_url}/fapi",
            "FUTURES_COIN_URL": f"{access.base_url}/dapi",
            "WS_FUTURES_URL": f"{access.ws_url}/ws-fapi/v1",
        },
    )


def for_sdk_rest(access: Access) -> dict[str, Any]:
    """Arguments of the official SDK's ConfigurationRestAPI."""
    return {"api_key": access.api_key, "api_secret": access.secret_key, "base_path": access.base_url}


def for_sdk_websocket(access: Access, path: str) -> dict[str, Any]:
    """Arguments of the official SDK's ConfigurationWebSocketAPI."""
    return {"api_key": access.api_key, "api_secret": access.secret_key, "stream_url": access.ws_url + path}


def for_socket_manager(manager: type, access: Access) -> Any:
    """python-binance's socket manager with its class attributes set."""
    addresses = dict.fromkeys(("STREAM_URL", "FSTREAM_URL", "DSTREAM_URL"), f"{access.ws_url}/")
    return type(manager.__name__, (manager,), addresses)


def for_sdk_streams(access: Access) -> dict[str, Any]:
    """Arguments of the official SDK's ConfigurationWebSocketStreams."""
    return {"stream_url": f"{access.ws_url}/stream"}
