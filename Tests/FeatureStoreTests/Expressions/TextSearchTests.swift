import Foundation
import Testing

@testable import FeatureStore

@Suite struct TextSearchTests {
    @Test(arguments: 0..<200)
    func findsWhatTheSlowSearchFinds(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let text = (0..<random.number(0...300)).map { _ in UInt8(random.number(0...1)) }
        let length = random.chance(0.5) ? random.number(0...4) : random.number(0...80)
        var part = (0..<length).map { _ in UInt8(random.number(0...1)) }
        if random.chance(0.5), text.count > length {
            let first = random.number(0...text.count - length)
            part = Array(text[first..<first + length])
        }
        let start = random.number(0...text.count)
        let slow = (start...text.count).first {
            $0 + part.count <= text.count && Array(text[$0..<$0 + part.count]) == part
        }
        let fast = text.withUnsafeBytes { text in part.withUnsafeBytes { TextSearch.find($0, in: text, from: start) } }
        #expect(fast == slow, "seed \(seed)")
    }
}
