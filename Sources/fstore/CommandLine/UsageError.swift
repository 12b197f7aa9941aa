/// A wrong use of the command line, in one sentence; the tool adds where to read on, and exits with 2.
struct UsageError: Error, CustomStringConvertible {
    let description: String
}
