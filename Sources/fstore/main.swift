import Foundation

Interruption.process.catchSignals()

exit(CommandLineTool.fstore.run(Array(CommandLine.arguments.dropFirst()), terminal: Terminal()))
