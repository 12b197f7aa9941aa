import Columnar
import Foundation
import Testing

@Suite struct ChecksumTests {
    /// 0, 7, 14, …, of which xxhsum and crc32 told the sums.
    private let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }

    @Test func contentIsTheSameHoweverItIsCut() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<200 {
            var checksum = Checksum()
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + Int.random(in: 0...100, using: &random))
                bytes[start..<end].withUnsafeBytes { checksum.update($0) }
                start = end
            }
            #expect(checksum.description == "25275608a9cfc168-1000")
        }
    }

    @Test func fileMatchesItsChecksumOfThisVersionAndOfTheFirst() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("bytes")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let checksum = try Checksum(ofFile: path)
        #expect(checksum.description == "25275608a9cfc168-1000")
        #expect(try checksum.matches("25275608a9cfc168-1000", ofFile: path))
        #expect(try checksum.matches("114ad5ff-1000", ofFile: path))
        for other in ["", "-", "114ad5ff", "114ad5fe-1000", "114ad5ff-999", "25275608a9cfc169-1000", "é"] {
            #expect(try !checksum.matches(other, ofFile: path), "\(other)")
        }
    }
}
