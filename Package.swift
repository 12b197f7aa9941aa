// swift-tools-version: 6.2
import PackageDescription

/// A Debian C library: a module map over its header, and nothing else.
func cLibrary(_ name: String, debian package: String) -> Target {
    .systemLibrary(name: name, path: "Sources/CLibraries/\(name)", providers: [.apt([package])])
}

let package = Package(
    name: "fstore",
    products: [
        .library(name: "FeatureStore", targets: ["FeatureStore"]),
        .executable(name: "fstore", targets: ["fstore"]),
        .library(name: "FeatureStoreC", type: .static, targets: ["FeatureStoreC"]),
    ],
    targets: [
        cLibrary("CSQLite", debian: "libsqlite3-dev"),
        cLibrary("CLMDB", debian: "liblmdb-dev"),
        cLibrary("CYAML", debian: "libyaml-dev"),
        cLibrary("CZstd", debian: "libzstd-dev"),
        cLibrary("CSnappy", debian: "libsnappy-dev"),
        cLibrary("CZlib", debian: "zlib1g-dev"),
        cLibrary("CMicroHTTPD", debian: "libmicrohttpd-dev"),
        cLibrary("CGnuTLS", debian: "libgnutls28-dev"),
        cLibrary("CLZ4", debian: "liblz4-dev"),
        .systemLibrary(name: "CArrowABI", path: "Sources/CLibraries/CArrowABI"),
        .systemLibrary(name: "CFallocate", path: "Sources/CLibraries/CFallocate"),
        .systemLibrary(name: "CPrefetch", path: "Sources/CLibraries/CPrefetch"),
        .target(name: "Columnar", dependencies: ["CArrowABI", "CZstd", "CSnappy", "CZlib", "CLZ4"]),
        .target(
            name: "FeatureStore", dependencies: ["Columnar", "CSQLite", "CLMDB", "CYAML", "CFallocate", "CPrefetch"]),
        .target(name: "FeatureServer", dependencies: ["FeatureStore", "Columnar", "CMicroHTTPD", "CGnuTLS"]),
        .systemLibrary(name: "CFStore", path: "Sources/FeatureStoreC/include"),
        .target(
            name: "FeatureStoreC", dependencies: ["FeatureStore", "Columnar", "CArrowABI", "CFStore"],
            exclude: ["include"]),
        // Not a product: a part of the benchmarks.
        .executableTarget(name: "fstore-bench", dependencies: ["FeatureStore", "Columnar"], path: "Benchmarks/driver"),
        .executableTarget(name: "fstore", dependencies: ["FeatureServer", "FeatureStore", "Columnar"]),
        .executableTarget(
            name: "ParquetBenchmark", dependencies: ["Columnar"], path: "Benchmarks/ParquetBenchmark"),
        .testTarget(name: "ColumnarTests", dependencies: ["Columnar", "CArrowABI"]),
        .testTarget(name: "FeatureStoreTests", dependencies: ["FeatureStore", "Columnar"]),
        .testTarget(name: "FeatureServerTests", dependencies: ["FeatureServer", "FeatureStore", "Columnar"]),
        .testTarget(name: "fstoreTests", dependencies: ["fstore", "FeatureStore", "Columnar"]),
    ],
    swiftLanguageModes: [.v6]
)
