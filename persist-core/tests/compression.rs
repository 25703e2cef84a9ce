//! Which algorithm is meant, and which levels it has.

use persist_core::compression::Algorithm;
use persist_core::error::ErrorKind;

#[test]
fn the_end_of_a_name_tells_the_algorithm() {
    for (path, expected) in [
        ("a.json.gz", Algorithm::Gzip),
        ("a.json.zst", Algorithm::Zstd),
        ("a.ZST", Algorithm::Zstd),
        ("a.json", Algorithm::None),
        ("a.JSON", Algorithm::None),
        ("a", Algorithm::Gzip),
        ("a.snapshot", Algorithm::Gzip),
        ("folder.json/agent", Algorithm::Gzip),
        ("C:\\folder.json\\agent", Algorithm::Gzip),
    ] {
        assert_eq!(Algorithm::infer(path), expected, "{path}");
    }
}

#[test]
fn a_name_leads_back_to_its_algorithm() {
    for algorithm in Algorithm::ALL {
        assert_eq!(Algorithm::from_name(algorithm.name()).expect("own name"), algorithm);
    }
    let error = Algorithm::from_name("lzma").expect_err("unknown");
    assert_eq!(error.kind(), ErrorKind::BadArgument);
    assert_eq!(
        error.to_string(),
        "bad argument `compression`: no algorithm is called `lzma`; known: gzip, zstd, none"
    );
}
