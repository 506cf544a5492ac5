"""Logs name references and exception classes, never what people wrote."""

import logging


class NoContent(logging.Filter):
    """Takes the message out of exceptions: a database error can quote the row it refused."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep where it happened and the class; drop the exception's own words and the request."""
        if record.exc_info and record.exc_info[0] is not None:
            kind, _error, trace = record.exc_info
            frame = trace
            while frame is not None and frame.tb_next is not None:
                frame = frame.tb_next
            where = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else "unknown place"
            record.msg = f"{record.getMessage()} [{kind.__name__} at {where}]"
            record.args = ()
            record.exc_info = None
            record.exc_text = None
        return True
