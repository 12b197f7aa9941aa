import Foundation

// A reader that goes away (`fstore list | head -1`) ends the process quietly.
signal(SIGPIPE, SIG_DFL)

exit(CommandLineTool.fstore.run(Array(CommandLine.arguments.dropFirst()), terminal: Terminal()))
