/// SQL as lines.
enum SQLText {
    /// `items` with commas between them, each on a line of its own.
    static func list(_ items: [String], indent: Int) -> [String] {
        items.enumerated().map { number, item in
            String(repeating: " ", count: indent) + item + (number == items.count - 1 ? "" : ",")
        }
    }
}
