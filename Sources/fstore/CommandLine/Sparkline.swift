/// Numbers as a small drawing of block characters, to stand within a line.
enum Sparkline {
    private static let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// A bar for each number, in proportion to the greatest; a blank for none, and the lowest bar for the least there is.
    static func bars(_ numbers: [Double]) -> String {
        let greatest = numbers.max() ?? 0
        guard greatest > 0 else { return "" }
        return String(
            numbers.map { number in
                guard number > 0 else { return " " }
                return blocks[min(blocks.count - 1, Int(number / greatest * Double(blocks.count)))]
            })
    }
}
