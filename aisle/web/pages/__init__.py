"""The shop as people see it: server-rendered pages that work without scripts and get quicker with them."""

from aisle.web.pages.routes import install_error_pages, pages_router

__all__ = ["install_error_pages", "pages_router"]
