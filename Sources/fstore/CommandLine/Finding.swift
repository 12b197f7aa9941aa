/// What a verb was asked to look for and has found, in one sentence: no failure of the verb, so it has an exit status of its own.
struct Finding: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
